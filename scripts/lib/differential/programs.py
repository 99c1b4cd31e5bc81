"""The two that are asked: libvirt's driver for QEMU, and vmctl. Each tells of a document what it stores of it, or why not, and
the command line that starts it, or why it doesn't start.

libvirt runs embedded in virsh (`qemu:///embed`), with all its files in a folder of ours, so that no daemon is needed and none is
touched. `enter` comes first: it starts this program anew where mounts are its own, so that KVM can be hidden and devices for
passing through be pretended.
"""
import functools
import hashlib
import json
import os
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

INSIDE = "VMCTL_DIFFERENTIAL_INSIDE"
CONFIGURATION = """user = "root"
group = "root"
remember_owner = 0
security_driver = "none"
stdio_handler = "file"
namespaces = []
cgroup_controllers = []
"""


def run(*words):
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


OWN_MOUNTS = ["-m", "--propagation", "private"] + ([] if os.geteuid() == 0 else ["-r"])


def enter(work, root):
    """Goes on in a mount namespace of this program's own; without root's rights, in a user namespace, too."""
    if os.environ.get(INSIDE) is None:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", *OWN_MOUNTS, sys.executable, *sys.argv])
    devices = work / "devices"
    devices.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "tmpfs", devices)
    for name in ("upper", "work", "closed"):
        (devices / name).mkdir()
    if run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/dev,upperdir={devices}/upper,workdir={devices}/work", "/dev"):
        os.makedirs("/dev/vfio", exist_ok=True)
        Path("/dev/vfio/vfio").touch()
        Path("/dev/vhost-net").touch()
        os.makedirs("/dev/dri", exist_ok=True)
        Path("/dev/dri/renderD128").touch()
        for name, size in (("hugepages", "2M"), ("hugepages1G", "1G")):
            os.makedirs(f"/dev/{name}", exist_ok=True)
            run("mount", "-t", "hugetlbfs", "-o", f"pagesize={size}", "none", f"/dev/{name}")
    # A node that is there and can't be written: QEMU and libvirt go by whether it can be.
    if os.path.exists("/dev/kvm"):
        run("mount", "-t", "tmpfs", "tmpfs", devices / "closed")
        (devices / "closed/kvm").touch()
        run("mount", "-o", "remount,ro", devices / "closed")
        run("mount", "--bind", devices / "closed/kvm", "/dev/kvm")
    if os.path.isdir("/sys/kernel/iommu_groups") and run("mount", "-t", "tmpfs", "tmpfs", "/sys/kernel/iommu_groups"):
        os.mkdir("/sys/kernel/iommu_groups/0")
    if root:
        enter_root(Path(root))


def enter_root(root):
    """Shows the folder of another Debian, which has a newer libvirt, this machine's emulators."""
    (root / "host").mkdir(exist_ok=True)
    run("mount", "--rbind", "/", root / "host")
    for name in ("dev", "sys"):
        run("mount", "--rbind", f"/{name}", root / name)
    run("mount", "-t", "proc", "proc", root / "proc")
    run("mount", "-t", "tmpfs", "tmpfs", root / "run")
    for name in ("qemu", "OVMF", "AAVMF", "qemu-efi-aarch64"):
        if os.path.isdir(f"/usr/share/{name}"):
            (root / "usr/share" / name).mkdir(exist_ok=True)
            run("mount", "--bind", f"/usr/share/{name}", root / "usr/share" / name)
    libraries = "/host/usr/lib/x86_64-linux-gnu"
    for emulator in Path("/usr/bin").glob("qemu-system-*"):
        text = (f"#!/bin/sh\nexport QEMU_MODULE_DIR={libraries}/qemu\nexec {libraries}/ld-linux-x86-64.so.2"
                f" --library-path {libraries} --argv0 {emulator} /host{emulator} \"$@\"\n")
        wrapper = root / "usr/bin" / emulator.name
        if not wrapper.is_file() or wrapper.read_bytes() != text.encode():
            wrapper.unlink(missing_ok=True)
            wrapper.write_text(text)
            wrapper.chmod(0o755)


class Answer:
    """What one of the two says to a document."""

    def __init__(self, refusal=None, stored=None, words=None, no_start=None):
        self.refusal, self.stored, self.words, self.no_start = refusal, stored, words, no_start

    def hide_chosen(self, text):
        """Makes hardware addresses and UUIDs alike that the document leaves to be chosen."""
        pattern = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
        given = set(pattern.findall(text.lower()))

        def hide(found):
            return found[0] if found[0].lower() in given else "(chosen)"
        self.stored = self.stored and pattern.sub(hide, self.stored)
        self.words = self.words and [pattern.sub(hide, word) for word in self.words]


def with_plain_interfaces(text):
    """libvirt's domxml-to-native makes plain ethernet of every interface; both are given the document like that."""
    root = ET.fromstring(text)
    for interface in root.iterfind("devices/interface"):
        if interface.get("type") == "hostdev":
            continue
        kept = [child for child in interface if child.tag in ("mac", "model")]
        for child in list(interface):
            interface.remove(child)
        interface.extend(kept)
        interface.attrib = {"type": "ethernet"}
    return ET.tostring(root, encoding="unicode")


class Libvirt:
    """virsh with the driver inside; one that ends over a document is started anew."""

    def __init__(self, work, root=None):
        self.work, self.root = work, root
        self.folder = work / ("libvirt-of-root" if root else "libvirt")
        # What an interrupted run left behind isn't there any more.
        shutil.rmtree(self.folder / "etc", ignore_errors=True)
        (self.folder / "etc").mkdir(parents=True)
        # With a folder of its own the driver reads its settings there.
        (self.folder / "etc/qemu.conf").write_text(CONFIGURATION)
        self.process, self.count = None, 0
        # Short, as virsh shows a command that is longer than a line in pieces.
        self.document, self.name = (Path(root) / "run/d.xml", "/run/d.xml") if root else (work / "d.xml", "d.xml")

    def inner(self, path):
        return f"/host{path}" if self.root else str(path)

    def start(self):
        command = ["virsh", "-q", "-c", f"qemu:///embed?root={self.inner(self.folder)}"]
        if self.root:
            command = ["chroot", self.root, *command]
        environment = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.work), "TERM": "dumb"}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
                                        cwd=self.work)

    def ask(self, command, patience=300):
        """The output of a virsh command; None when virsh ended over it."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.count += 1
        mark = f"@end {self.count}@"
        # Told with quotes, so that the echo of the command isn't taken for its output.
        self.process.stdin.write(f"{command}\necho '@end' {self.count}@\n".encode())
        self.process.stdin.flush()
        output, end = b"", time.monotonic() + patience
        while mark.encode() not in output:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""
            if not chunk:
                self.process.kill()
                self.process.wait()
                return None
            output += chunk
        # virsh shows its prompt and the command, too, in one way or another.
        return "\n" + output.decode(errors="replace").replace("virsh # ", "\n")

    def version(self):
        found = re.search(r"libvirt (\d+\.\d+)", self.ask("version") or "")
        return found[1] if found else "unknown"

    def answer(self, text):
        """libvirt's answer; one that was given before is kept, as a document's is asked for after each change of ours."""
        kept = self.answers / hashlib.sha256(text.encode()).hexdigest()
        if kept.is_file():
            return Answer(*json.loads(kept.read_text()))
        answer = self.asked(text)
        # A clock that runs from a date says another one each time, and what ended may not end the next time.
        dated = any(re.match(r"base=\d{4}-", word) for word in answer.words or [])
        if not dated and "libvirt ended" not in (answer.refusal, answer.no_start):
            kept.write_text(json.dumps([answer.refusal, answer.stored, answer.words, answer.no_start]))
        return answer

    @functools.cached_property
    def answers(self):
        """The folder of kept answers: those of this libvirt, these emulators and this way of asking."""
        emulators = sorted((path.name, path.stat().st_mtime_ns) for path in Path("/usr/bin").glob("qemu-system-*"))
        marks = f"{self.version()} {emulators} {Path(__file__).read_text()}"
        folder = self.work / "answers" / hashlib.sha256(marks.encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def asked(self, text):
        self.document.write_text(text)
        said = self.ask(f"define {self.name}")
        if said is None:
            return Answer(refusal="libvirt ended")
        if "\nerror:" in said:
            return Answer(refusal=message(said))
        name = shlex.quote(re.sub(r"\s+", " ", ET.fromstring(text).findtext("name") or "guest"))
        said = self.ask(f"dumpxml --inactive --security-info --domain {name}") or ""
        self.ask(f"undefine --nvram --domain {name}")
        stored = re.search(r"<domain .*</domain>", said, re.DOTALL)
        if stored is None:
            return Answer(refusal="nothing stored: " + message(said))
        stored = stored[0].replace("/host/", "/") if self.root else stored[0]
        self.document.write_text(with_plain_interfaces(stored))
        said = self.ask(f"domxml-to-native qemu-argv {self.name}")
        if said is None or "\nerror:" in said:
            return Answer(stored=stored, no_start=message(said or "libvirt ended"))
        said = said.replace("/host/", "/") if self.root else said
        words = shlex.split(re.search(r"LC_ALL=.* -msg timestamp=on", said, re.DOTALL)[0])
        return Answer(stored=stored, words=words[[w.startswith("/") for w in words].index(True):])

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()


def message(said):
    """The last of virsh's error lines says why."""
    lines = [line[6:].strip() for line in said.split("\n") if line.startswith("error:")]
    return ([line for line in lines if not line.startswith("Failed to define")] or lines or [said])[-1]


class VMCtl:
    """`vmctl domxml batch` of a program."""

    def __init__(self, work, program):
        self.work, self.program, self.process = work, program, None
        self.home = work / "vmctl"
        for name in ("home", "run"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        os.chmod(self.home / "run", 0o700)

    def ask(self, operation, text):
        if self.process is None or self.process.poll() is not None:
            environment = dict(os.environ, HOME=str(self.home / "home"), XDG_RUNTIME_DIR=str(self.home / "run"), LC_ALL="C")
            self.process = subprocess.Popen([self.program, "domxml", "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        document = self.work / "vmctl.xml"
        document.write_text(text)
        request = {"id": 1, "op": operation, "file": str(document), "tweaks": {"abi_update": operation == "normalize"}}
        try:
            self.process.stdin.write((json.dumps(request) + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            return {"ok": False, "error": f"vmctl ended with {self.process.returncode}"}
        return json.loads(line)

    def answer(self, text):
        said = self.ask("normalize", text)
        if not said["ok"]:
            return Answer(refusal=said["error"].replace(str(self.work / "vmctl.xml") + ":", ""))
        stored = said["output"]
        said = self.ask("to-argv", with_plain_interfaces(stored))
        if not said["ok"]:
            return Answer(stored=stored, no_start=said["error"].replace(str(self.work / "vmctl.xml") + ":", ""))
        return Answer(stored=stored, words=said["output"].split("\n"))

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()


def is_there(root):
    """Whether virsh with its embedded driver is there, and mounts of one's own may be made."""
    installed = shutil.which("virsh") is not None and any(
        Path("/usr/lib").glob("*/libvirt/connection-driver/libvirt_driver_qemu.so"))
    return (root is not None or installed) and (INSIDE in os.environ or run("unshare", *OWN_MOUNTS, "true"))
