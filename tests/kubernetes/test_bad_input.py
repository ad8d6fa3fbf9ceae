"""Mistakes: said in one line where a person looks for it, and over once their cause is.

The first test of a case ends with the cure; the second one, behind many others, waits for what comes of it.
"""

import pytest

from support.wait import wait_until

from .bad_inputs import CASES
from .cluster import START, Cluster

EACH = [pytest.param(name, marks=pytest.mark.on(name), id=name) for name in CASES]


def described(cluster, ordinal):
    return cluster.kubectl("describe", "pod", cluster.pod_name(ordinal))


@pytest.mark.parametrize("name", EACH)
def test_a_mistake_is_said_in_one_line(cluster, name):
    case = CASES[name]
    if not case.by_events:
        line = cluster.wait_log(case.who, case.said)
        assert cluster.password not in line
    if case.ends:
        wait_until(lambda: case.said in described(cluster, case.who), START, f"{case.said!r} in kubectl describe", longest_pause=1)
    case.cure(cluster)


@pytest.mark.parametrize("name", EACH)
def test_it_comes_right_by_itself(cluster, name):
    case = CASES[name]
    # The kubelet tries a volume that it could not mount again after up to 2 minutes.
    cluster.wait_streaming(*range(1, case.members), bound=2 * START)
    cluster.wait_ready(*range(case.members))


def test_a_name_with_dots_is_refused_by_kubernetes_in_words(machine):
    """A StatefulSet may be called so, its pods may not: their host names are labels of DNS."""
    dotted = Cluster(machine, "dots", name="pg.main").make_namespace()
    with pytest.raises(AssertionError, match="pg.main"):
        dotted.apply(replicas=1)
