import Foundation
import TestBench
import Testing
import VMCore
import VMManager

/// Real tap devices on a real bridge; both need the right to make network devices.
@Suite(.serialized, .enabled(if: Bench.hasQEMU && DomainBench.mayMakeTaps, "needs root, /dev/net/tun and ip"))
struct TapTests {
    private func ip(_ words: String...) throws {
        let program = access("/usr/sbin/ip", X_OK) == 0 ? "/usr/sbin/ip" : "/sbin/ip"
        let process = try SpawnedProcess.spawn(.init(executable: program, arguments: words))
        #expect(ProcessExit.wait(for: process.handle, until: .after(.seconds(10))) == .exited(0))
    }

    private func name(_ prefix: String) -> String { prefix + String(UInt16.random(in: 0 ... .max), radix: 36) }

    private func ports(_ bridge: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net/\(bridge)/brif")) ?? []
    }

    @Test("a bridged card: a port of the bridge while the machine runs, high address, the bridge's packet size")
    func bridge() throws {
        let bench = try DomainBench()
        let bridge = name("vmctlb")
        try ip("link", "add", bridge, "type", "bridge")
        defer { try? ip("link", "delete", bridge) }
        try ip("link", "set", bridge, "mtu", "1400")
        let card = "<mac address='52:54:00:11:22:33'/><source bridge='\(bridge)'/><model type='virtio'/>"
        try bench.define("bridged", "<interface type='bridge'>\(card)<driver queues='2'/></interface>")
        let state = try bench.manager.start("bridged")
        let port = try #require(ports(bridge).first)
        #expect(port.hasPrefix("vnet"))
        #expect(ports(bridge).count == 1)
        let link = "/sys/class/net/\(port)"
        #expect(try String(contentsOfFile: link + "/address", encoding: .utf8) == "fe:54:00:11:22:33\n")
        #expect(try String(contentsOfFile: link + "/mtu", encoding: .utf8) == "1400\n")
        let flags = try String(contentsOfFile: link + "/flags", encoding: .utf8).dropFirst(2).dropLast()
        #expect((UInt32(flags, radix: 16) ?? 0) & 1 == 1)
        let live = String(decoding: try Files.read(bench.manager.find("bridged").runtime.domain), as: UTF8.self)
        #expect(live.contains("<target dev='\(port)'/>"))
        // The device goes with QEMU, whatever becomes of the supervisor.
        kill(try #require(state.supervisor?.pid), SIGKILL)
        kill(try #require(state.qemu?.pid), SIGKILL)
        try eventually("the device is gone") { ports(bridge).isEmpty }
        try eventually("both are gone") { state.supervisor?.isAlive == false && state.qemu?.isAlive == false }
        try bench.manager.start("bridged")
        try bench.manager.destroy("bridged")
        try eventually("the device is gone") { ports(bridge).isEmpty }
    }

    @Test("a bridged card that is plugged in: a port of the bridge, and gone with the card")
    func plugged() throws {
        let bench = try LiveBench()
        let bridge = name("vmctlb")
        try ip("link", "add", bridge, "type", "bridge")
        defer { try? ip("link", "delete", bridge) }
        try bench.start("plugged", "<controller type='usb' index='0' model='qemu-xhci'/>")
        let card = "<interface type='bridge'><source bridge='\(bridge)'/><model type='usb-net'/></interface>"
        try bench.manager.attachDevice("plugged", bench.device(card), scope: .live)
        let port = try #require(ports(bridge).first)
        #expect(try bench.manager.xml("plugged").contains("<target dev='\(port)'/>"))
        // One that QEMU refuses leaves no device behind.
        let taken =
            "<interface type='bridge'><source bridge='\(bridge)'/><model type='virtio'/>"
            + "<address type='pci' domain='0' bus='0' slot='1' function='0'/></interface>"
        #expect(throws: VMError.self) { try bench.manager.attachDevice("plugged", bench.device(taken), scope: .live) }
        // A process that another test starts at that moment may hold it a little longer.
        try eventually("the refused card's device is gone") { ports(bridge) == [port] }
        try bench.manager.detachDevice("plugged", alias: "net1", scope: .live)
        try eventually("the device is gone") { ports(bridge).isEmpty }
    }

    @Test("a bridge that isn't there is named")
    func missingBridge() throws {
        let bench = try DomainBench()
        try bench.define("lost", "<interface type='bridge'><source bridge='vmctlnone'/></interface>")
        let error = #expect(throws: VMError.self) { try bench.manager.start("lost") }
        #expect(error?.message == "there is no bridge 'vmctlnone'")
        #expect(bench.processes() == [])
    }

    @Test("an existing tap device is used and stays; one that is missing or in use is named")
    func existing() throws {
        let bench = try DomainBench()
        let tap = name("vmctlt")
        func card(_ name: String) -> String {
            "<interface type='ethernet'><target dev='\(name)' managed='no'/><model type='e1000'/></interface>"
        }
        try bench.define("missing", card("vmctlnone"))
        let missing = #expect(throws: VMError.self) { try bench.manager.start("missing") }
        #expect(missing?.message == "target managed='no' but there is no network device 'vmctlnone'")
        try ip("tuntap", "add", tap, "mode", "tap")
        defer { try? ip("link", "delete", tap) }
        try bench.define("first", card(tap))
        try bench.define("second", card(tap))
        try bench.manager.start("first")
        let taken = #expect(throws: VMError.self) { try bench.manager.start("second") }
        #expect(taken?.message.contains("'\(tap)'") == true)
        try bench.manager.destroy("first")
        #expect(Files.exists("/sys/class/net/\(tap)"))
        #expect(try bench.manager.start("second").state == .running)
    }

    @Test("a device made for a card without a bridge has the document's name")
    func made() throws {
        let bench = try DomainBench()
        let tap = name("vmctlm")
        try bench.define(
            "made",
            "<interface type='ethernet'><target dev='\(tap)'/><mtu size='1300'/><model type='virtio'/></interface>")
        try bench.manager.start("made")
        #expect(try String(contentsOfFile: "/sys/class/net/\(tap)/mtu", encoding: .utf8) == "1300\n")
        try bench.manager.destroy("made")
        try eventually("the device is gone") { !Files.exists("/sys/class/net/\(tap)") }
    }
}
