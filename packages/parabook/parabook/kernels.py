"""How kernels start: forked from a process that has its libraries imported, or as usual.

`parabook.run` forks a kernel in waiting before papermill starts any thread; jupyter_client finds
the provisioner that wakes it by its entry point, `parabook-fork`. Where there are sockets with a
path (not on Windows) kernels open no port, on loopback or elsewhere: all that they say goes through
files in a folder that only this user can read.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from parabook.stopping import end_with_parent

Kernels = Literal["forked", "ordinary"]


def _serve_kernel(orders: Connection) -> None:
    """Wait for orders, then become a kernel: in place of starting a new interpreter."""
    end_with_parent()
    arguments, cwd, env = orders.recv()
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(cwd)
    main(arguments)


def main(arguments: list[str]) -> None:
    """Become a kernel that opens no port."""
    sys.argv = ["ipykernel_launcher.py", *arguments]
    from ipykernel import kernelapp

    if os.name != "nt":
        kernelapp.IOPubThread = _portless(kernelapp.IOPubThread)  # type: ignore[attr-defined]
    kernelapp.IPKernelApp.launch_instance(argv=arguments)


def _portless(thread: Any) -> Any:
    """Return ipykernel's output thread with a socket in place of the port that it would open.

    Processes that a notebook forks send through it what they print.
    """
    import zmq
    from zmq.eventloop.zmqstream import ZMQStream

    address = f"ipc://{tempfile.gettempdir()}/out-{os.getpid()}"

    class Portless(thread):  # type: ignore[misc]
        def _setup_pipe_in(self) -> None:
            self._pipe_uuid = os.urandom(16)
            pipe = self.socket.context.socket(zmq.PULL)
            pipe.linger = 0
            pipe.bind(address)
            self._pipe_in = ZMQStream(pipe, self.io_loop)
            self._pipe_in.on_recv(self._handle_pipe_msg)

        def _setup_pipe_out(self) -> tuple[Any, Any]:
            context = zmq.Context()  # a new one after a fork
            pipe = context.socket(zmq.PUSH)
            pipe.linger = 3000
            pipe.connect(address)
            return context, pipe

    return Portless


class Forked:
    """A forked kernel, first in waiting; jupyter_client uses it as a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_serve_kernel, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid or 0

    def wake(self, arguments: list[str], cwd: str, env: dict[str, str]) -> None:
        """Let the process become a kernel with these arguments, in a folder and environment."""
        self._orders.send((arguments, cwd, env))

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for the end and return the exit status."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signum: int) -> None:
        """Send a signal, if there is still a process to receive it."""
        if self._process.is_alive():
            os.kill(self.pid, signum)


class ForkProvisioner(LocalProvisioner):
    """Wakes the kernel that was forked beforehand; if there is none, starts an ordinary one."""

    waiting: Forked | None = None
    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start a kernel that answers at the places named in its connection file."""
        kernel, ForkProvisioner.waiting = ForkProvisioner.waiting, None
        if kernel is None:
            return await super().launch_kernel(cmd, **kwargs)
        # Only what follows the module's name matters to a fork.
        kernel.wake(cmd[4:], kwargs.get("cwd") or str(Path.cwd()), dict(kwargs["env"]))
        self.process, self.pid = kernel, kernel.pid
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel to end; look often, since every chapter waits for this once."""
        while self.has_process and await self.poll() is None:
            await asyncio.sleep(0.005)
        return await super().wait()


def manager(kernels: Kernels) -> Any:
    """Return a kernel manager class that needs no installed kernel specification and no port."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import default

    # A user's own kernel named python3 would otherwise win over this environment's.
    spec = KernelSpec(
        argv=[sys.executable, "-P", "-m", "parabook.kernels", "-f", "{connection_file}"],
        display_name="Python 3 (ipykernel)",
        language="python",
        metadata={"kernel_provisioner": {"provisioner_name": "parabook-fork"}}
        if kernels == "forked"
        else {},
    )

    class Manager(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        # Two kernels may be given the same free port (papermill#511); a fresh folder's files
        # cannot clash.
        @default("transport")
        def _transport(self) -> str:
            return "tcp" if os.name == "nt" else "ipc"

        @default("connection_file")
        def _connection_file(self) -> str:
            return str(Path(tempfile.mkdtemp(prefix="k")) / "k.json")

    return Manager


if __name__ == "__main__":
    main(sys.argv[1:])
