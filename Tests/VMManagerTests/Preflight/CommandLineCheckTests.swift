import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import VMManager

/// What a start would find, a check finds before: devices of all kinds whose other end isn't there.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct CommandLineCheckTests {
    private func check(_ bench: DomainBench, _ devices: String) throws -> CheckResult {
        _ = try? bench.manager.undefine("m")
        try bench.define("m", devices)
        return try bench.manager.check("m")
    }

    /// What the check says of a device with which the start fails, in a document with the device in line 3.
    private func refusal(_ device: String, in folder: String) throws -> String {
        let bench = try DomainBench()
        let device = device.replacingOccurrences(of: "%", with: folder)
        let text = """
            <domain type='qemu'><name>m</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>\(Bench.qemu)</emulator>
            \(device)</devices></domain>
            """
        let reading = try Domain.read(Array(text.utf8), file: "m.xml").validated()
        let result = bench.manager.check(try reading.checked(), source: reading.source)
        _ = try bench.manager.define(Array(text.utf8))
        #expect(throws: VMError.self) { try bench.manager.start("m") }
        #expect(try !bench.manager.check("m").causes.isEmpty)
        let cause = try #require(result.causes.first)
        #expect(cause.diagnostics.first?.place?.line == 3, "\(cause)")
        return result.causes.map(\.message).joined(separator: "; ")
    }

    private func folder() throws -> String {
        let folder = try #require(mkdtemp(strdup("/tmp/vmctl-check-XXXXXX")).map { String(cString: $0) })
        try Files.write(Array("file".utf8), to: folder + "/file")
        mkdir(folder + "/folder", 0o700)
        return folder
    }

    @Test(
        "a device whose file of the host isn't there, or is something else",
        arguments: [
            ("<rng model='virtio'><backend model='random'>%/none</backend></rng>", "source of random numbers '%/none'"),
            ("<serial type='file'><source path='%/none/log'/></serial>", "Cannot make output file '%/none/log'"),
            ("<serial type='file'><source path='%/folder'/></serial>", "output file '%/folder': it is a folder"),
            ("<serial type='pty'><log file='%/none/log'/></serial>", "Cannot make log file '%/none/log'"),
            ("<serial type='dev'><source path='%/none'/></serial>", "serial device '%/none'"),
            ("<serial type='dev'><source path='%/folder'/></serial>", "serial device '%/folder': it is a folder"),
            ("<serial type='pipe'><source path='%/none'/></serial>", "pipe '%/none'"),
            ("<serial type='pipe'><source path='%/folder'/></serial>", "pipe '%/folder'"),
            ("<parallel type='dev'><source path='/dev/parport77'/></parallel>", "parallel port '/dev/parport77'"),
            (
                "<input type='passthrough' bus='virtio'><source evdev='%/file'/></input>",
                "it is a file, not a character"
            ),
            ("<input type='evdev'><source dev='%/none'/></input>", "input device '%/none'"),
            ("<interface type='user'><model type='e1000'/><rom file='%/none'/></interface>", "option ROM '%/none'"),
            ("<filesystem type='mount'><source dir='%/none'/><target dir='t'/></filesystem>", "shared folder '%/none'"),
            (
                "<filesystem type='mount'><source dir='%/file'/><target dir='t'/></filesystem>",
                "it is a file, not a folder"
            ),
            (
                "<tpm model='tpm-tis'><backend type='passthrough'><device path='%/none'/></backend></tpm>",
                "TPM '%/none'"
            ),
            ("<interface type='vdpa'><source dev='%/none'/></interface>", "vDPA device '%/none'"),
            (
                "<hostdev mode='subsystem' type='pci'><source><address bus='0x3f' slot='0x1f'/></source></hostdev>",
                "there is no PCI device 0000:3f:1f.0"
            ),
            (
                "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>"
                    + "<address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>",
                "there is no mediated device c2177883-f1bb-47f0-914d-32a22e3a8804"
            ),
            (
                "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1d6b'/><product id='0xfffe'/></source></hostdev>",
                "did not find USB device 1d6b:fffe"
            ),
            ("<interface type='bridge'><source bridge='vmctlnone'/></interface>", "there is no bridge 'vmctlnone'"),
            ("<interface type='bridge'><source bridge='lo'/></interface>", "'lo' is no bridge"),
            (
                "<interface type='ethernet'><target dev='vmctlnone' managed='no'/></interface>",
                "there is no network device 'vmctlnone'"
            ),
        ])
    func files(device: String, message: String) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let found = try refusal(device, in: folder)
        #expect(found.contains(message.replacingOccurrences(of: "%", with: folder)), "\(found)")
    }

    @Test(
        "a socket on which nobody listens, or that can't be made",
        arguments: [
            ("<serial type='unix'><source mode='connect' path='%/none'/></serial>", "socket '%/none': No such file"),
            ("<serial type='unix'><source mode='connect' path='%/file'/></serial>", "it is a file, not a socket"),
            ("<serial type='unix'><source mode='connect' path='%/dead'/></serial>", "nobody listens there"),
            ("<serial type='unix'><source mode='bind' path='%/none/s'/></serial>", "Cannot make socket '%/none/s'"),
            ("<serial type='unix'><source mode='bind' path='%/folder'/></serial>", "it is a folder"),
            (
                "<serial type='unix'><source mode='bind' path='%/" + String(repeating: "s", count: 108)
                    + "'/></serial>",
                "the path of a socket has 108 bytes at most"
            ),
            (
                "<rng model='virtio'><backend model='egd' type='unix'><source mode='connect' path='%/none'/></backend></rng>",
                "socket '%/none'"
            ),
            ("<graphics type='vnc' socket='%/none/vnc'/>", "Cannot make socket '%/none/vnc'"),
            (
                "<shmem name='s'><model type='ivshmem-doorbell'/><server path='%/none'/></shmem>", "socket '%/none'"
            ),
        ])
    func sockets(device: String, message: String) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // A socket whose owner has ended.
        _ = try Socket.listen(at: .unix(path: folder + "/dead")).raw
        let found = try refusal(device, in: folder)
        #expect(found.contains(message.replacingOccurrences(of: "%", with: folder)), "\(found)")
    }

    @Test("with all other ends there nothing is in the way, and the machine starts")
    func fine() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        mkfifo(folder + "/pipe", 0o600)
        let bench = try DomainBench()
        let listener = try Socket.listen(at: .unix(path: folder + "/there"))
        let devices = """
            <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
            <serial type='file'><source path='\(folder)/new.log'/></serial>
            <serial type='pipe'><source path='\(folder)/pipe'/></serial>
            <serial type='unix'><source mode='bind' path='\(folder)/made'/><log file='\(folder)/file'/></serial>
            <serial type='dev'><source path='/dev/null'/></serial>
            <channel type='unix'><source mode='connect' path='\(folder)/there'/>
              <target type='virtio' name='org.example.0'/></channel>
            <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
            <filesystem type='mount'><source dir='\(folder)'/><target dir='t'/></filesystem>
            <graphics type='vnc' autoport='yes'/><graphics type='spice' autoport='yes'/>
            <interface type='user'><model type='virtio'/></interface>
            """
        let result = try check(bench, devices)
        #expect(result.causes.map(\.message) == [])
        try bench.manager.start("m")
        withExtendedLifetime(listener.raw) {}
        // Of what runs nothing is in its own way.
        #expect(try bench.manager.check("m").causes.map(\.code) == [.wrongState])
    }

    @Test("a socket that a running machine listens on, and one that a machine takes from itself")
    func takenSockets() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bench = try DomainBench()
        let serial = "<serial type='unix'><source mode='bind' path='\(folder)/s'/></serial>"
        try bench.define("first", serial)
        try bench.manager.start("first")
        #expect(
            try check(bench, serial).causes.map(\.message) == [
                "the socket '\(folder)/s' is taken by domain 'first': somebody listens there"
            ])
        try bench.manager.destroy("first")
        let twice = try check(
            bench, serial + "<parallel type='unix'><source mode='bind' path='\(folder)/s'/></parallel>")
        #expect(twice.causes.isEmpty)
        #expect(
            twice.warnings.contains { $0.contains("the socket '\(folder)/s' is taken away from the device in line") })
    }

    @Test("ports of all kinds that are taken, by somebody else or by the machine itself")
    func ports() throws {
        let bench = try DomainBench()
        let tcp = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let port = Socket.port(of: tcp.raw)
        func causes(_ devices: String) throws -> [String] {
            try check(bench, devices).causes.map(\.message)
        }
        for (device, what) in [
            ("<serial type='tcp'><source mode='bind' host='127.0.0.1' service='\(port)'/></serial>", "port"),
            (
                "<channel type='tcp'><source mode='bind' host='127.0.0.1' service='\(port)'/>"
                    + "<target type='virtio' name='a'/></channel>", "port"
            ),
            ("<interface type='server'><source address='127.0.0.1' port='\(port)'/></interface>", "network port"),
            ("<graphics type='spice' autoport='no' port='\(port)'/>", "SPICE port"),
            (
                "<interface type='user'><portForward proto='tcp'><range start='\(port)' to='22'/></portForward></interface>",
                "forwarded port"
            ),
        ] {
            let found = try causes(device)
            #expect(found.count == 1 && found[0].hasPrefix("\(what) \(port) on "), "\(found)")
        }
        let udp = try Socket.bindDatagram(host: "127.0.0.1", port: 0)
        let datagrams = Socket.port(of: udp.raw)
        let forward = "<interface type='user'><portForward proto='udp' address='127.0.0.1'>"
        let found = try causes(forward + "<range start='\(datagrams)' to='53'/></portForward></interface>")
        #expect(
            found.count == 1 && found[0].hasPrefix("forwarded port \(datagrams) on 127.0.0.1 is taken by process "),
            "\(found)")
        _ = consume udp
        _ = consume tcp
        let own =
            "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='\(port)'/></serial>"
            + "<parallel type='tcp'><source mode='bind' host='0.0.0.0' service='\(port)'/></parallel>"
        #expect(
            try causes(own).map { $0.prefix { $0 != "'" } }.first?.hasPrefix(
                "port \(port) is that of the device in line") == true)
        #expect(
            try causes("<graphics type='vnc' autoport='no' port='5999' listen='192.0.2.7'/>").first
                == "VNC port 5999 can't be had on 192.0.2.7")
    }

    @Test("the user's own arguments may name anything, so what isn't there is a warning")
    func ownArguments() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bench = try DomainBench()
        let text = """
            <domain type='qemu' xmlns:qemu='\(XMLNamespace.qemu.uri)'><name>m</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>\(Bench.qemu)</emulator></devices>
            <qemu:commandline><qemu:arg value='-D'/><qemu:arg value='\(folder)/new.log'/>
            <qemu:arg value='-pidfile'/><qemu:arg value='\(folder)/none/pid'/>
            </qemu:commandline></domain>
            """
        let reading = try Domain.read(Array(text.utf8), file: "m.xml").validated()
        let result = bench.manager.check(try reading.checked(), source: reading.source)
        #expect(result.causes.isEmpty)
        #expect(
            result.warnings.filter { $0.contains(folder) } == [
                "m.xml:4:29: '\(folder)/none/pid' is in a folder that does not exist"
            ])
    }

    @Test("firmware variables that can't be made, and images in another format than is said")
    func firmware() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bench = try DomainBench()
        // Whole pages, as flash has to be.
        #expect(truncate(folder + "/file", 4096) == 0)
        let make = Process()
        make.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        make.arguments = ["create", "-q", "-f", "qcow2", folder + "/vars.qcow2", "4M"]
        try make.run()
        make.waitUntilExit()
        func causes(_ nvram: String, loader: String = "raw") throws -> [String] {
            let text = """
                <domain type='qemu'><name>m</name><memory unit='MiB'>64</memory>
                <os><type arch='x86_64' machine='q35'>hvm</type>
                <loader readonly='yes' type='pflash' format='\(loader)'>\(folder)/file</loader>
                \(nvram)</os><features><acpi/></features><devices><emulator>\(Bench.qemu)</emulator></devices></domain>
                """
            let reading = try Domain.read(Array(text.utf8), file: "m.xml").validated()
            let found = bench.manager.check(try reading.checked(), source: reading.source).causes
            return found.map {
                "\($0.diagnostics.first?.place?.line ?? 0) \($0.message)"
            }
        }
        #expect(try causes("<nvram format='qcow2'>\(folder)/vars.qcow2</nvram>") == [])
        #expect(
            try causes("<nvram>\(folder)/vars.qcow2</nvram>") == [
                "4 the file of firmware variables '\(folder)/vars.qcow2' is in qcow2 format, not in raw"
            ])
        #expect(
            try causes("<nvram template='\(folder)/none'>\(folder)/new.fd</nvram>").first?
                .hasPrefix("4 Cannot access template of firmware variables '\(folder)/none'") == true)
        #expect(
            try causes("<nvram template='\(folder)/file' templateFormat='raw' format='qcow2'>\(folder)/n</nvram>") == [
                "4 a qcow2 file of firmware variables can't be made from a template of another format"
            ])
        #expect(
            try causes("<nvram format='qcow2'>\(folder)/vars.qcow2</nvram>", loader: "qcow2") == [
                "3 the firmware image '\(folder)/file' is in raw format, not in qcow2"
            ])
    }

    @Test("two file systems with one tag, and processors that nothing can number")
    func others() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bench = try DomainBench()
        let share = "<filesystem type='mount'><source dir='\(folder)'/><target dir='t'/></filesystem>"
        let shares = try check(bench, share + share)
        #expect(shares.causes.isEmpty)
        #expect(shares.warnings.contains { $0.contains("the tag 't' is that of the file system in line") })
        let text = """
            <domain type='qemu'><name>m</name><memory unit='MiB'>64</memory><vcpu>256</vcpu>
            <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/><apic/></features>
            <devices><emulator>\(Bench.qemu)</emulator></devices></domain>
            """
        let domain = try Domain(xml: text)
        let hasX2APIC =
            try bench.manager.capabilities(for: domain).cpuModel("Haswell", .tcg)?
            .unavailableFeatures?.contains("x2apic") == false
        #expect(bench.manager.check(domain).causes.isEmpty == hasX2APIC)
    }

    @Test("a limit of memory that is less than QEMU itself takes", arguments: [(1, true), (16 << 10, false)])
    func smallLimit(kibibytes: Int, isTold: Bool) throws {
        let text = """
            <domain type='qemu'><name>m</name><memory unit='MiB'>64</memory>
            <memtune><hard_limit unit='KiB'>\(kibibytes)</hard_limit></memtune>
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><emulator>\(Bench.qemu)</emulator></devices></domain>
            """
        let told = try DomainBench().manager.check(try Domain(xml: text)).warnings
        #expect(told.contains { $0.contains("<hard_limit> allows the machine \(kibibytes) KiB") } == isTold)
    }

    @Test("a document that names thousands of files that aren't there: some are told, the others counted")
    func many() throws {
        let bench = try DomainBench()
        let disks = (0..<1000).map { number in
            "<disk type='file'><source file='/nowhere/\(number)'/><target dev='sd\(Self.letters(number))' bus='scsi'/></disk>"
        }
        try bench.define("m", disks.joined())
        let causes = try bench.manager.check("m").causes
        #expect(causes.count == 201)
        #expect(causes.last?.message == "800 more things are in the way", "\(causes.map(\.message).prefix(3))")
        let error = #expect(throws: VMError.self) { try bench.manager.start("m") }
        #expect(error?.message.hasPrefix("1000 things are in the way: ") == true)
        #expect((error?.message.utf8.count ?? .max) < 10_000)
    }

    private static func letters(_ number: Int) -> String {
        var (text, rest) = ("", number + 1)
        while rest > 0 {
            text = String(UnicodeScalar(UInt8(97 + (rest - 1) % 26))) + text
            rest = (rest - 1) / 26
        }
        return text
    }

    @Test("devices that QEMU knows under another name than the one that it lists")
    func otherNames() throws {
        let bench = try DomainBench()
        let controllers = "<controller type='scsi' model='lsilogic'/><controller type='sata'/>"
        #expect(try check(bench, controllers).causes.map(\.message) == [])
        try bench.manager.start("m")
    }

    @Test("a port of this host on which nobody listens, and paths on other hosts")
    func connections() throws {
        let bench = try DomainBench()
        let listener = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let port = Socket.port(of: listener.raw)
        let serial = "<serial type='tcp'><source mode='connect' host='127.0.0.1' service='\(port)'/></serial>"
        #expect(try check(bench, serial).causes.map(\.message) == [])
        _ = consume listener
        #expect(try check(bench, serial).causes.map(\.message) == ["nobody listens on port \(port) of 127.0.0.1"])
        let remote = """
            <disk type='network'><source protocol='ssh' name='/images/a'><host name='192.0.2.7'/></source>
            <target dev='vda' bus='virtio'/></disk>
            <disk type='dir' device='floppy'><source dir='/tmp'/><target dev='fda'/><readonly/></disk>
            """
        #expect(try check(bench, remote).causes.map(\.message).filter { !$0.contains("lacks its part") } == [])
        let gone = "<disk type='network'><source protocol='nbd'><host transport='unix' socket='/nowhere/s'/></source>"
        #expect(
            try check(bench, gone + "<target dev='vda' bus='virtio'/></disk>").causes.map(\.message) == [
                "Cannot access socket '/nowhere/s': No such file or directory"
            ])
    }

    @Test("no kind of device has a path in the command line of which nothing is known but that it must be there")
    func knownPaths() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("QEMULauncherTests/Golden").path
        func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: name))) }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".xml") }
        #expect(names.count >= 20)
        var unknown: Set<String> = []
        for name in names {
            let document = try bytes(folder + "/" + name)
            let domain = try Domain.read(document, options: .strict).checked()
            let version = domain.devices.emulator?.contains("qemu-10") == true ? "-10" : ""
            let recording = "\(folder)/Capabilities/\(domain.os.type?.arch ?? "x86_64")\(version).replies"
            let capabilities = try Capabilities.replay(bytes(recording))
            var host = HostFacts()
            host.folders.machine = "/run/golden"
            var planned = try Planner.complete(domain, capabilities: capabilities, host: host)
            planned = try Planner.prepare(planned, capabilities: capabilities, host: host)
            let line = try QEMULauncher.CommandLine.build(planned, capabilities: capabilities, host: host)
            for option in line.options {
                let paths = PlannedPath.all(in: QEMULauncher.CommandLine(options: [option], like: line))
                let isUnknown = paths.contains { $0.use == .present && !$0.path.hasPrefix("/run/golden") }
                if isUnknown {
                    unknown.insert(
                        "\(option.name.rawValue) \(option["driver"]?.string ?? option["qom-type"]?.string ?? "")")
                }
            }
        }
        // What is booted, which is looked at as what it is.
        #expect(unknown.subtracting(["kernel ", "initrd ", "dtb ", "bios ", "shim ", "acpitable "]) == [])
    }
}

extension QEMULauncher.CommandLine {
    /// Some options of a command line.
    fileprivate init(options: [QEMUOption], like other: QEMULauncher.CommandLine) {
        self = other
        self.options = options
    }
}
