import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON

@testable import VMCommands

/// Devices of the host, as `ip` makes and shows them.
private enum HostLinks {
    /// Whether the kernel makes such devices, with files in /dev.
    static let isPossible: Bool = {
        let (name, other) = (
            "vmq" + String(UInt32.random(in: 0..<1_000_000)), "vmr" + String(UInt32.random(in: 0..<1_000_000))
        )
        _ = run("link", "add", name, "type", "veth", "peer", "name", other)
        defer { _ = run("link", "delete", name) }
        guard let device = try? MacVTap.make(nil, on: name, .bridge, nil, for: .random()) else { return false }
        defer { try? device.link.remove() }
        return (try? device.open(carriesVirtioHeader: true, hasManyQueues: false).raw >= 0) == true
    }()

    @discardableResult
    static func run(_ words: String...) -> String {
        Program.tool(["/usr/sbin/ip"] + words)
    }
}

/// Interfaces that share a device of the host.
@Suite(
    .serialized,
    .enabled(
        if: geteuid() == 0 && Program.hasQEMU && access("/usr/sbin/ip", X_OK) == 0 && HostLinks.isPossible,
        "needs root, QEMU and macvtap devices"), .timeLimit(.minutes(20)))
struct SharedDeviceTests {
    private let program = Program()
    /// A device that exists for the test alone.
    private let parent = "vmp" + String(UInt32.random(in: 0..<1_000_000))

    init() { _ = HostLinks.run("link", "add", parent, "type", "veth", "peer", "name", parent + "p") }

    private func expect(_ words: String..., says text: String = "") {
        let result = program.run(words)
        #expect(result.status == 0, "\(words): \(result.errors)")
        #expect(text.isEmpty || result.output.contains(text), "\(words): \(result.output)")
    }

    private func define(_ name: String, _ interface: String) throws {
        let file = try program.file(
            name + ".xml",
            """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices>\(interface)</devices></domain>
            """)
        expect("define", file)
    }

    private var shared: [String] {
        ((try? Folders.list("/sys/class/net/\(parent)")) ?? []).filter { $0.hasPrefix("upper_") }
    }

    @Test
    func `A device is shared as long as the machine runs, and when all of it is killed until it is mended`() throws {
        defer { HostLinks.run("link", "delete", parent) }
        try define(
            "m",
            """
            <interface type='direct'><mac address='52:54:00:0a:0b:0c'/><source dev='\(parent)' mode='bridge'/>
            <model type='virtio'/></interface>
            """)
        expect("start", "m")
        #expect(shared.count == 1)
        let device = try #require(shared.first?.dropFirst("upper_".count))
        let told = HostLinks.run("-d", "link", "show", "dev", String(device))
        #expect(told.contains("macvtap mode bridge") && told.contains("52:54:00:0a:0b:0c"), "\(told)")
        expect("domiflist", "m", says: String(device))
        #expect(program.run("dumpxml", "m").output.contains("<target dev='\(device)'/>"))
        expect("attach-interface", "m", "direct", parent, "--model", "virtio", "--mac", "52:54:00:0a:0b:0d", "--live")
        #expect(shared.count == 2)
        expect("destroy", "m")
        #expect(shared.isEmpty)
        expect("start", "m")
        let state = program.run("status", "m", "--output", "json").json
        let pids = [state["supervisor_pid"]?.int64, state["qemu_pid"]?.int64].compactMap(\.self)
        #expect(pids.count == 2, "\(state)")
        for pid in pids { kill(pid_t(pid), SIGKILL) }
        #expect(shared.count == 1)
        // Until QEMU is gone it is taken over.
        try eventually("it is started again", within: .seconds(60)) { program.run("start", "m").status == 0 }
        #expect(shared.count == 1)
        expect("destroy", "m")
        try eventually("the device is gone", within: .seconds(60)) { shared.isEmpty }
    }

    @Test
    func `What a killed start has made is no hindrance to the next`() throws {
        defer { HostLinks.run("link", "delete", parent) }
        try define(
            "m", "<interface type='direct'><source dev='\(parent)' mode='vepa'/><target dev='\(parent)t'/></interface>")
        let killed = program.run(["start", "m"], environment: ["VMCTL_FAILPOINT": "macvtap.made"])
        #expect(killed.status == SIGKILL && shared.count == 1)
        expect("start", "m")
        #expect(shared.count == 1)
        expect("destroy", "m")
        #expect(shared.isEmpty)
    }

    @Test
    func `A network hands the host's devices out, the least shared first`() throws {
        defer { HostLinks.run("link", "delete", parent) }
        let file = try program.file(
            "net.xml",
            """
            <network><name>n</name><forward mode='passthrough'><interface dev='\(parent)'/><interface dev='\(parent)p'/>
            </forward></network>
            """)
        expect("net-define", file)
        expect("net-start", "n")
        for name in ["a", "b", "c"] { try define(name, "<interface type='network'><source network='n'/></interface>") }
        expect("start", "a")
        expect("start", "b")
        #expect(shared.count == 1)
        let third = program.run("start", "c")
        #expect(third.status != 0 && third.errors.contains("requires exclusive access"), "\(third.errors)")
        let port = program.run("net-port-list", "n", "--output", "json").json.array?.first?["uuid"]?.string ?? ""
        expect("net-port-dumpxml", "n", port, says: "mode='passthrough'")
        expect("destroy", "a")
        expect("start", "c")
        expect("destroy", "b")
        expect("destroy", "c")
        #expect(shared.isEmpty)
        expect("net-destroy", "n")
        let missing = try program.file(
            "missing.xml", "<network><name>x</name><forward mode='vepa'><interface dev='vmnone'/></forward></network>")
        #expect(program.run("net-create", missing).errors.contains("no device 'vmnone'"))
        let pci = try program.file(
            "pci.xml", "<network><name>y</name><forward mode='hostdev'><pf dev='vmnone'/></forward></network>")
        #expect(program.run("net-create", pci).errors.contains("hand out PCI devices"))
    }
}
