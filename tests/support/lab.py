"""A network that the test made: a bridge in a namespace, hosts on it, each in a namespace of its own, links that can be cut."""

import ipaddress
import itertools
import os
import signal
import subprocess

from . import keeper, kernel, names as name_server


class Host:
    """A place on the lab's network: a network namespace with `eth0`. It outlives the containers that are started in it."""

    def __init__(self, lab, name, address, port):
        self.lab, self.name, self.address, self.port = lab, name, address, port
        self.fqdn = f"{name}.{lab.domain}" if lab.domain else name
        self.namespace = kernel.new_network_namespace()

    def __repr__(self):
        return f"Host({self.name}, {self.address})"


class Lab:
    """A bridge and its hosts.

    names    hosts made at once; more with host(). All are in the hosts file at once, unless published=False.
    domain   appended to each name: the hosts file has `address name.domain name`, so a reverse look-up gives the FQDN first.

    The hosts file is one for all containers and is changed in place: publish() and unpublish() are seen at once.

    dns      as in a Kubernetes cluster instead: a container's /etc/hosts has its own line, the rest is the name server's.
    """

    def __init__(self, names=(), *, domain="pgordinal.test", subnet="10.77.0.0/24", published=True, dns=False):
        self.domain = domain
        self.network = ipaddress.ip_network(subnet)
        self.hosts = {}
        self._numbers = itertools.count(10)
        self.published = set()
        self.namespace = kernel.new_network_namespace()
        self.hosts_file = keeper.base_directory() / f"hosts.{id(self):x}"
        self._partitions = set()
        # An address of its own: a bridge without one takes that of a port, another one whenever a port is added.
        self._ip(self.namespace, ["link set lo up", "link add br0 address 02:00:00:00:00:02 type bridge", "link set br0 up"])
        self._write_hosts()
        self.name_server = self._name_server_pid = None
        if dns:
            self.name_server = str(self.network.network_address + 1)
            self._ip(self.namespace, [f"addr add {self.name_server}/{self.network.prefixlen} dev br0"])
            self._name_server_pid = name_server.start(self.namespace, self.name_server, self.hosts_file)
        for name in names:
            self.host(name, published=published)

    def host(self, name, published=True):
        """Makes a host; `published`: it is in the hosts file."""
        number = next(self._numbers)
        host = Host(self, name, str(self.network.network_address + number), f"port{number}")
        self.hosts[name] = host
        self._ip(self.namespace, [
            f"link add {host.port} type veth peer name eth0 netns /proc/self/fd/{host.namespace}",
            f"link set {host.port} master br0 up",
        ], keep=[host.namespace])
        self._ip(host.namespace, ["link set lo up", f"addr add {host.address}/{self.network.prefixlen} dev eth0", "link set eth0 up"])
        if published:
            self.publish(host)
        return host

    def move(self, host):
        """Gives the host another address, as a pod gets that is made anew."""
        old, host.address = host.address, str(self.network.network_address + next(self._numbers))
        prefix = self.network.prefixlen
        self._ip(host.namespace, [f"addr del {old}/{prefix} dev eth0", f"addr add {host.address}/{prefix} dev eth0"])
        self._write_hosts()

    def __getitem__(self, name):
        return self.hosts[name]

    def publish(self, host):
        self.published.add(host.name)
        self._write_hosts()

    def unpublish(self, host):
        self.published.discard(host.name)
        self._write_hosts()

    def _write_hosts(self):
        lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost"]
        lines += [f"{host.address} {host.fqdn} {host.name}".replace(f"{host.name} {host.name}", host.name)
                  for host in self.hosts.values() if host.name in self.published]
        # In place: containers have this very file mounted.
        with open(self.hosts_file, "a+") as file:
            file.truncate(0)
            file.write("\n".join(lines) + "\n")

    def silence_names(self):
        """The name server takes questions and answers none, until speak()."""
        os.kill(self._name_server_pid, signal.SIGSTOP)

    def speak(self):
        os.kill(self._name_server_pid, signal.SIGCONT)

    def lose_names(self):
        """Nothing listens at the name server's address any more."""
        name_server.stop(self._name_server_pid)
        self._name_server_pid = None

    def find_names(self):
        self._name_server_pid = name_server.start(self.namespace, self.name_server, self.hosts_file)

    def cut(self, host):
        """Takes the host's cable out of the bridge: packets vanish, as with a switch that died. Its own side stays up."""
        self._ip(self.namespace, [f"link set {host.port} nomaster"])

    def restore(self, host):
        self._ip(self.namespace, [f"link set {host.port} master br0"])

    def partition(self, one, other):
        """Packets between these two vanish, silently and both ways; all others still reach both."""
        for here, there in ((one, other), (other, one)):
            self._ip(here.namespace, [f"neigh replace {there.address} lladdr 02:00:00:00:00:01 nud permanent dev eth0"])

    def heal(self, one, other):
        for here, there in ((one, other), (other, one)):
            self._ip(here.namespace, [f"neigh del {there.address} dev eth0"])

    def remove(self):
        """Gives the namespaces back; the kernel removes links and addresses with them."""
        if self._name_server_pid is not None:
            name_server.stop(self._name_server_pid)
        for namespace in [self.namespace, *(host.namespace for host in self.hosts.values())]:
            os.close(namespace)
        self.hosts_file.unlink(missing_ok=True)

    @staticmethod
    def _ip(namespace, commands, keep=()):
        done = subprocess.run(["ip", "-batch", "-"], input="\n".join(commands) + "\n", text=True, capture_output=True, pass_fds=keep,
                              preexec_fn=lambda: kernel.setns(namespace, kernel.CLONE_NEWNET))
        if done.returncode != 0:
            raise RuntimeError(f"ip {commands}: {done.stderr}")
