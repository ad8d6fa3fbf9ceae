"""The output of every container that the lab ever ran, kept where a deleted pod does not take it along."""

import os
import threading
from pathlib import Path


class Logs:
    """Hard links to the kubelets' log files, made within a second of their appearance. They are artefacts of the run:

        DIRECTORY/NAMESPACE_POD_UID/CONTAINER-RESTARTS.log
    """

    def __init__(self, nodes, directory):
        self._nodes, self._directory = nodes, directory
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self):
        self._ended.set()
        self._thread.join()
        self._link_all()

    def of(self, namespace, pod, container=None):
        """All that the pods of this name (of all lives, in order) have written, in the order in which the lines came."""
        self._link_all()
        files = [file.read_text(errors="replace").splitlines()
                 for file in self._directory.glob(f"{namespace}_{pod}_*/{container or '*'}-*.log")]
        # A line is: instant, stream, F or P, text. One file is one life of a container.
        return "".join(line.split(" ", 3)[-1] + "\n" for lines in sorted(files) for line in lines)

    def _watch(self):
        while not self._ended.wait(0.5):
            self._link_all()

    def _link_all(self):
        with self._lock:
            for file in self._nodes.glob("*/pods-log/*/*/*.log"):
                self._link(file, self._directory / file.parts[-3] / f"{file.parts[-2]}-{file.stem}.log")

    @staticmethod
    def _link(file, kept):
        if kept.exists():
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(Path(os.path.realpath(file)), kept)
        except FileNotFoundError:
            pass  # the pod went in this very moment
