"""libvirt's own daemon and ours, each with all that it has in places of their own: for programs that compare them.

`enter` comes first. It starts the program anew where mounts are its own, hides /dev/kvm and gives libvirt's daemon folders in
memory, so that nothing of the machine's own libvirt is touched. It needs root.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from differential import programs

WORK = "VMCTL_DAEMONS_WORK"
FOLDERS = ("/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt", "/run")


def what_is_missing():
    """What this needs and isn't there; None when all is."""
    if os.geteuid() != 0:
        return "root"
    return next((name for name in ("libvirtd", "virsh", "qemu-system-x86_64", "qemu-img")
                 if shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin") is None), None)


def enter(name):
    """Returns a folder to work in, which `leave` removes."""
    if WORK not in os.environ:
        os.environ[WORK] = tempfile.mkdtemp(prefix=f"vmctl-{name}-", dir="/var/tmp")
    work = Path(os.environ[WORK])
    # A network of its own, too: others' displays have ports.
    programs.OWN_MOUNTS.append("-n")
    programs.enter(work, None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # What the /dev that hides KVM doesn't show.
    for kind, folder in (("devpts", "/dev/pts"), ("tmpfs", "/dev/shm")):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["mount", "-t", kind, kind, folder], check=True)
    for folder in FOLDERS:
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder], check=True)
    os.makedirs("/etc/libvirt/qemu")
    Path("/etc/libvirt/qemu.conf").write_text(programs.CONFIGURATION)
    Path("/etc/libvirt/libvirtd.conf").touch()
    return work


def leave(work):
    subprocess.run(["umount", "-l", work / "devices"], stderr=subprocess.DEVNULL)
    shutil.rmtree(work, ignore_errors=True)


class Daemon:
    """One of the two, with a folder of its own."""

    def __init__(self, name, folder, words, environment, socket):
        self.name, self.folder, self.words, self.socket = name, folder, words, socket
        folder.mkdir(exist_ok=True)
        self.uri = f"qemu:///system?socket={socket}"
        self.environment = dict(os.environ, LC_ALL="C", HOME=str(folder), LIBVIRT_AUTOSTART="0")
        self.own = environment
        self.process = None

    def start(self):
        log = open(self.folder / "log", "a")
        self.process = subprocess.Popen(self.words, env=dict(self.environment, **self.own), stdout=log, stderr=log)
        end = time.monotonic() + 30
        while self.virsh("uri")[0] != 0:
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit(f"error: {self.name} doesn't serve: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def virsh(self, *words):
        """Exit status, output and errors."""
        done = subprocess.run(["virsh", "-c", self.uri, *words], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=90)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def do(self, *words):
        """The same for what must succeed."""
        status, output, errors = self.virsh(*words)
        if status != 0:
            sys.exit(f"error: {self.name} refuses '{' '.join(map(str, words))}': {errors}")
        return output

    def destroy_all(self):
        if self.process and self.process.poll() is None:
            for name in self.virsh("list", "--name")[1].split():
                self.virsh("destroy", name)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def libvirt(folder):
    return Daemon("libvirt", folder, ["/usr/sbin/libvirtd", "-p", str(folder / "pid")], {}, "/run/libvirt/libvirt-sock")


def ours(folder, program):
    socket = str(folder / "sock")
    return Daemon("vmctl", folder, [str(program), "serve", "--listen", socket], {"VMCTL_HOME": str(folder / "home")}, socket)
