"""A client that never stops writing, and knows which rows were acknowledged when."""

import threading
import time

import psycopg2

from support.wait import wait_until

PAUSE = 0.02


class Writer:
    """Inserts one row after another through the Service for writes, from a node's network, and connects anew when a
    connection breaks. As a context manager it writes until its end.

    acknowledged   [(number, instant)] of every row whose commit came back; instants are time.monotonic()
    """

    def __init__(self, cluster, node):
        self._cluster, self._node = cluster, node
        self._address = cluster.service_address("-rw")
        self._ended = threading.Event()
        self.acknowledged = []
        cluster.sql(cluster.first, "drop table if exists written")
        cluster.sql(cluster.first, "create table written (number bigint primary key)")

    def __enter__(self):
        self._thread = threading.Thread(target=self._cluster.machine.from_node, args=(self._node, self._write))
        self._thread.start()
        self.wait_more(5)
        return self

    def __exit__(self, *exception):
        self._ended.set()
        self._thread.join()

    def wait_more(self, rows, bound=120):
        """Until so many more rows are acknowledged."""
        wanted = len(self.acknowledged) + rows
        wait_until(lambda: len(self.acknowledged) >= wanted, bound, f"{rows} more acknowledged rows", longest_pause=0.1)

    def longest_pause(self):
        """Seconds between two acknowledged rows, the longest."""
        instants = [instant for _, instant in self.acknowledged]
        return max(later - earlier for earlier, later in zip(instants, instants[1:]))

    def assert_nothing_lost(self, ordinal):
        there = {number for number, in self._cluster.sql(ordinal, "select number from written")}
        lost = [number for number, _ in self.acknowledged if number not in there]
        assert not lost, f"{len(lost)} acknowledged rows are lost: {lost[:10]}"

    def _write(self):
        number = 0
        while not self._ended.is_set():
            try:
                connection = psycopg2.connect(host=self._address, user="postgres", password=self._cluster.password, dbname="postgres",
                                              connect_timeout=3, tcp_user_timeout=5000)
                connection.autocommit = True
                with connection.cursor() as cursor:
                    while not self._ended.is_set():
                        number += 1  # a number is used once: an unacknowledged row may be there as well
                        cursor.execute("insert into written values (%s)", (number,))
                        self.acknowledged.append((number, time.monotonic()))
                        self._ended.wait(PAUSE)
                connection.close()
            except psycopg2.Error:
                self._ended.wait(0.1)
