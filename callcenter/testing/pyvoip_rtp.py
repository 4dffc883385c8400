"""One RTP stream of a test phone on ports that are bound when chosen."""

from __future__ import annotations

import contextlib
import random
import secrets
import socket
import threading
import time
from typing import Any

import pyVoIP.VoIP  # noqa: F401 - pyVoIP's modules import each other and load only in this order
from pyVoIP import RTP

from callcenter.testing.phone_media import Listener, Talker


class RtpPorts:
    """Even RTP ports with their RTCP neighbours, bound when handed out so that no two phones can share one."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._pairs: dict[int, tuple[socket.socket, socket.socket]] = {}

    def take(self) -> int:
        """Bind a free pair and return the even port."""
        for _ in range(200):
            rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            rtcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            rtp.bind((self._host, 0))
            port = int(rtp.getsockname()[1])
            with contextlib.suppress(OSError):
                if port % 2 == 0:
                    rtcp.bind((self._host, port + 1))
                    self._pairs[port] = (rtp, rtcp)
                    return port
            rtp.close()
            rtcp.close()
        raise OSError(f"no free pair of RTP ports on {self._host}")

    def socket_of(self, port: int) -> socket.socket:
        """Return the RTP socket bound to ``port``."""
        return self._pairs[port][0]

    def release(self, port: int) -> None:
        """Close the pair; again without harm."""
        for one in self._pairs.pop(port, ()):
            one.close()

    def release_all(self) -> None:
        """Close every pair."""
        for port in list(self._pairs):
            self.release(port)


class RtpStream(RTP.RTPClient):  # type: ignore[misc]  # pyVoIP is untyped
    """pyVoIP's RTP client with our talker and listener in place of its buffers."""

    def __init__(self, assoc: dict[int, Any], local: tuple[str, int], remote: tuple[str, int], ports: RtpPorts) -> None:
        super().__init__(assoc, *local, *remote, "sendrecv")
        event = next((number for number, kind in assoc.items() if kind == RTP.PayloadType.EVENT), None)
        chosen = int(self.preference)
        self.talker = Talker(chosen, event, ssrc=secrets.randbits(32), sequence=random.randrange(0x8000))
        self.listener = Listener(event)
        self._ports = ports
        self._running: list[threading.Thread] = []

    def start(self) -> None:
        """Start sending and receiving; again without harm."""
        if self._running:
            return
        self.sin = self.sout = self._ports.socket_of(self.inPort)
        self.sin.settimeout(0.1)
        self._running = [
            threading.Thread(target=self.recv, name=f"rtp-in:{self.inPort}", daemon=True),
            threading.Thread(target=self.trans, name=f"rtp-out:{self.inPort}", daemon=True),
        ]
        for thread in self._running:
            thread.start()

    def stop(self) -> None:
        """Stop both threads and free the ports."""
        self.NSD = False
        for thread in self._running:
            if thread is not threading.current_thread():
                thread.join()
        self._ports.release(self.inPort)

    def recv(self) -> None:
        """Hand every datagram to the listener until stopped."""
        while self.NSD:
            try:
                data = self.sin.recv(2048)
            except TimeoutError:
                continue
            except ConnectionRefusedError:  # The far end closed its port first.
                continue
            except OSError:
                return
            self.listener.receive(data, time.monotonic())

    def trans(self) -> None:
        """Send the talker's packets on absolute 20 ms deadlines until stopped."""
        due = time.monotonic()
        while self.NSD:
            for packet in self.talker.next_packets():
                with contextlib.suppress(OSError):  # The far end may have closed its port first.
                    self.sout.sendto(packet, (self.outIP, self.outPort))
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
