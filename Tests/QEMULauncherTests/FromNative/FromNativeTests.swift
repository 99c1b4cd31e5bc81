import Foundation
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import QEMULauncher

/// QEMU command lines as people write them, turned into documents.
@Suite struct FromNativeTests {
    /// FOLDER holds a.qcow2, b.raw and c.iso.
    static let scripts = [
        "qemu-system-x86_64 -m 512 -hda FOLDER/a.qcow2 -cdrom FOLDER/c.iso -boot d -vnc :7",
        """
        #!/bin/sh
        # a server
        QEMU_AUDIO_DRV=none exec qemu-system-x86_64 \\
          -name "web,, one" -uuid c7a5fdbd-edaf-9455-926a-d65c16db1809 \\
          -machine q35,accel=tcg,vmport=off -cpu qemu64,+ssse3,-svm -smp 4,sockets=2,cores=2,threads=1 -m 1.5G \\
          -drive file=FOLDER/a.qcow2,if=virtio,format=qcow2,cache=none,discard=unmap \\
          -drive file=FOLDER/c.iso,media=cdrom,readonly=on,format=raw \\
          -netdev user,id=n0,hostfwd=tcp:127.0.0.1:42222-:22 \\
          -device virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56 \\
          -device qemu-xhci -device usb-tablet -device virtio-rng-pci -device virtio-balloon-pci \\
          -vga virtio -display none -serial mon:stdio -monitor none -qmp unix:/tmp/q,server,nowait \\
          -rtc base=localtime,driftfix=slew -no-reboot -nodefaults "$@"
        """,
        """
        /usr/bin/qemu-system-x86_64 -nodefaults -M pc -m size=256M -nographic \\
          -blockdev '{"driver":"file","node-name":"f0","filename":"FOLDER/b.raw"}' \\
          -blockdev driver=raw,node-name=d0,file=f0 \\
          -object iothread,id=io1 -device virtio-blk-pci,drive=d0,bootindex=0,iothread=io1,serial=abc \\
          -device virtio-scsi-pci,id=s0 -drive if=none,id=cd,file=FOLDER/c.iso,format=raw,readonly=on \\
          -device scsi-cd,drive=cd \\
          -object rng-random,id=r0,filename=/dev/urandom -device virtio-rng-pci,rng=r0 \\
          -chardev socket,id=ch0,path=FOLDER/agent.sock,server=on,wait=off -device virtio-serial-pci \\
          -device virtserialport,chardev=ch0,name=org.qemu.guest_agent.0
        """,
        """
        qemu-system-x86_64 -nodefaults -machine q35,memory-backend=m0 -m 256 -object memory-backend-memfd,id=m0,size=256M,share=on \\
          -nic user,model=e1000 -device VGA -spice port=42931,addr=127.0.0.1,disable-ticketing=on \\
          -audiodev none,id=a0 -device ich9-intel-hda -device hda-duplex,audiodev=a0 \\
          -usb -device usb-kbd -device usb-mouse -watchdog-action reset -device i6300esb \\
          -chardev file,id=log,path=FOLDER/s.log -device isa-serial,chardev=log -parallel null \\
          -kernel FOLDER/b.raw -initrd FOLDER/b.raw -append 'root=/dev/vda console="ttyS0"' -global x.y=z -device edu
        """,
        """
        qemu-system-x86_64 -nodefaults -machine q35,smm=off -m 512,slots=2,maxmem=2G -smp cpus=2,maxcpus=4 -cpu max \\
          -drive if=pflash,format=raw,readonly=on,file=FOLDER/b.raw -drive if=pflash,format=raw,file=FOLDER/d.raw \\
          -drive id=x,if=none,file=FOLDER/a.qcow2,format=qcow2,werror=stop -device ide-hd,drive=x,bus=ide.0 \\
          -drive id=y,if=none,file=FOLDER/c.iso,format=raw,media=cdrom -device ide-cd,drive=y \\
          -device usb-ehci -blockdev driver=file,node-name=u,filename=FOLDER/e.raw,read-only=on \\
          -device usb-storage,drive=u,removable=on \\
          -virtfs local,path=FOLDER,mount_tag=host,security_model=mapped-xattr,readonly=on \\
          -device bochs-display -device virtio-keyboard-pci -device pvpanic -vnc unix:FOLDER/vnc.sock -k de \\
          -serial tcp:127.0.0.1:42933,server,nowait -serial unix:FOLDER/s1.sock,server=on,wait=off -boot menu=on
        """,
        "qemu-system-x86_64 -M isapc -no-acpi -m 64 -fda FOLDER/b.raw -net nic,model=ne2k_isa -net user -vga std -soundhw sb16",
    ]

    private func prepare() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["b.raw", "c.iso", "d.raw", "e.raw"] {
            _ = try folder.write(String(repeating: "\0", count: 1_474_560), to: name)
        }
        let image = Process()
        image.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        image.arguments = ["create", "-q", "-f", "qcow2", folder.path + "/a.qcow2", "1M"]
        _ = try image.run(input: "")
        return folder
    }

    @Test(
        "scripts become documents without fault, whose machines a real QEMU takes",
        .enabled(if: RealQEMU.installed != nil, "QEMU is not installed"), arguments: scripts.indices)
    func roundTrip(index: Int) throws {
        let folder = try prepare()
        defer { folder.remove() }
        let script = Self.scripts[index].replacingOccurrences(of: "FOLDER", with: folder.path)
        let native = try NativeDomain(script: script, folder: folder.path)
        let reading = try Domain.read(Array(native.domain.xml.utf8), file: "made.xml").validated()
        #expect(!reading.hasErrors)
        let capabilities = try Capabilities.probe(emulator: RealQEMU.installed?.path ?? "")
        var host = HostFacts()
        host.folders.machine = folder.path
        host.folders.channels = folder.path
        var domain = try Planner.complete(reading.value, capabilities: capabilities, host: host)
        domain = try Planner.prepare(domain, capabilities: capabilities, host: host)
        let line = try QEMULauncher.CommandLine.build(domain, capabilities: capabilities, host: host)
        // The two kernels are no kernels, which stopped CPUs never find out, but QEMU looks at their heads.
        var arguments = try line.arguments()
        for option in ["-kernel", "-initrd", "-append"] {
            if let place = arguments.firstIndex(of: option) { arguments.removeSubrange(place...place + 1) }
        }
        let qemu = try #require(RealQEMU.installed)
        let own = arguments.filter { !["-S", "-no-user-config", "-nodefaults"].contains($0) }
        let answer = try qemu.ask(own, commands: [("query-status", [:])])
        #expect(answer.status == 0, "\(answer.standardError)\n\(native.domain.xml)")
        #expect(answer.replies.first?["status"]?.string == "prelaunch")
    }

    @Test("what a script says is in the document")
    func contents() throws {
        let native = try NativeDomain(script: Self.scripts[1].replacingOccurrences(of: "FOLDER", with: "/f"))
        let domain = native.domain
        #expect(domain.name == "web, one")
        #expect(domain.memory?.size?.bytes == 1536 << 20)
        #expect(domain.vcpu?.count == 4)
        #expect(domain.cpu?.features.map(\.name) == ["ssse3", "svm"])
        #expect(domain.devices.disks.map { $0.target?.dev } == ["vda", "sda"])
        #expect(domain.devices.disks.first?.driver?.cache == DiskDriver.Cache.none)
        #expect(domain.xml.contains("<range start='42222' to='22'/>"))
        #expect(native.ignored.contains { $0.words.first == "-qmp" })
        #expect(native.ignored.contains { $0.words == ["-monitor", "none"] })
        #expect(native.unmapped.isEmpty, "\(native.unmapped)")
    }

    @Test("what has no counterpart is listed, and passed on when that is asked for")
    func unmapped() throws {
        let script = Self.scripts[3].replacingOccurrences(of: "FOLDER", with: "/f")
        let plain = try NativeDomain(script: script)
        #expect(plain.unmapped.map(\.words) == [["-global", "x.y=z"], ["-device", "edu"]])
        #expect(plain.domain.qemuCommandline.arguments.isEmpty)
        let kept = try NativeDomain(script: script, keepsUnmapped: true)
        #expect(kept.domain.qemuCommandline.arguments.map(\.value) == ["-global", "x.y=z", "-device", "edu"])
        let device = "qemu-system-x86_64 -nodefaults -chardev null,id=c -device foo,chardev=c"
        let both = try NativeDomain(script: device, keepsUnmapped: true)
        #expect(
            both.domain.qemuCommandline.arguments.map(\.value) == ["-chardev", "null,id=c", "-device", "foo,chardev=c"])
    }

    @Test("nothing is lost in silence")
    func nothingLost() throws {
        let script = """
            X_Y=1 qemu-system-x86_64 -nodefaults -drive if=none,file=/a -netdev user -netdev user,id=a \\
              -netdev user,id=a -device virtio-net-pci,netdev=b -device virtio-blk-pci,drive=c,num-queues=4 \\
              -object foo,id=f -incoming defer
            """
        let native = try NativeDomain(script: script)
        #expect(
            native.unmapped.map { $0.words.joined(separator: " ") } == [
                "-drive if=none,file=/a", "-netdev user", "-netdev user,id=a", "-netdev user,id=a",
                "-device virtio-net-pci,netdev=b", "-device virtio-blk-pci,drive=c,num-queues=4",
                "-object foo,id=f", "-incoming defer",
            ])
        #expect(native.warnings.contains("the variable X_Y is not mapped"))
    }

    @Test(
        "a shell's words",
        arguments: [
            ("qemu-system-x86_64 -name 'a b' -append \"x \\\"y\\\" \\$z\"", ["-name", "a b", "-append", "x \"y\" $z"]),
            ("A=1 sudo env B='2 3' /opt/qemu-system-arm \\\n -m \\\n 5 # end", ["-m", "5"]),
            ("cd /tmp && qemu-system-x86_64 -m 1 > log 2>&1 &\necho done", ["-m", "1"]),
            ("kvm -m 'it'\\''s'", ["-m", "it's"]),
        ])
    func words(script: String, expected: [String]) throws {
        let command = try ShellCommand(script: script)
        #expect(Array(command.words.dropFirst()) == expected)
    }

    @Test(
        "a text without a command, and one with an open quote, are refused", arguments: ["", "ls -l", "kvm -name 'a"])
    func refused(script: String) { #expect(throws: VMError.self) { try ShellCommand(script: script) } }

    @Test("no text traps", arguments: NastyText.all)
    func nasty(text: String) {
        for option in ["-drive", "-device", "-netdev", "-smp", "-m", "-serial", "-vnc", "-cpu", "-chardev", "-boot"] {
            let quoted = "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
            _ = try? NativeDomain(script: "qemu-system-x86_64 \(option) \(quoted)", keepsUnmapped: true)
        }
        _ = try? NativeDomain(script: "kvm " + text)
    }
}
