import MonitorJSON
import Testing
import VMCore
import VMDomain
import VMJSON

@testable import VMManager

@Suite("What a guest's agent says, as libvirt's values")
struct GuestValueTests {
    @Test("Users: times in whole milliseconds, and one that no clock has left out")
    func users() throws {
        let users = try GuestGetUsers.decode([
            ["user": "root", "login-time": 1_600_000_000.1239], ["user": "me", "domain": "LAB", "login-time": 1e300],
            ["user": "he", "login-time": -5],
        ])
        #expect(
            users.parameters == [
                .init("user.count", .uint(3)), .init("user.0.name", .string("root")),
                .init("user.0.login-time", .ullong(1_600_000_000_123)), .init("user.1.name", .string("me")),
                .init("user.1.domain", .string("LAB")), .init("user.2.name", .string("he")),
            ])
    }

    @Test("File systems: sizes where the guest tells them")
    func fileSystems() throws {
        let systems = try GuestGetFSInfo.decode([
            ["name": "vda1", "mountpoint": "/", "type": "ext4", "total-bytes": 100, "used-bytes": 40, "disk": []],
            ["name": "tmp", "mountpoint": "/tmp", "type": "tmpfs"],
        ])
        #expect(
            systems.parameters == [
                .init("fs.count", .uint(2)), .init("fs.0.name", .string("vda1")),
                .init("fs.0.mountpoint", .string("/")),
                .init("fs.0.fstype", .string("ext4")), .init("fs.0.total-bytes", .ullong(100)),
                .init("fs.0.used-bytes", .ullong(40)), .init("fs.1.name", .string("tmp")),
                .init("fs.1.mountpoint", .string("/tmp")), .init("fs.1.fstype", .string("tmpfs")),
            ])
    }

    @Test("Interfaces with each of their addresses")
    func interfaces() throws {
        let interfaces = try GuestNetworkGetInterfaces.decode([
            ["name": "lo"],
            [
                "name": "eth0", "hardware-address": "52:54:00:00:00:01",
                "ip-addresses": [["ip-address": "10.0.2.15", "ip-address-type": "ipv4", "prefix": 24]],
            ],
        ])
        #expect(
            interfaces.parameters == [
                .init("if.count", .uint(2)), .init("if.0.name", .string("lo")), .init("if.0.addr.count", .uint(0)),
                .init("if.1.name", .string("eth0")), .init("if.1.hwaddr", .string("52:54:00:00:00:01")),
                .init("if.1.addr.count", .uint(1)), .init("if.1.addr.0.type", .string("ipv4")),
                .init("if.1.addr.0.addr", .string("10.0.2.15")), .init("if.1.addr.0.prefix", .uint(24)),
            ])
    }

    @Test("The groups have libvirt's numbers")
    func groups() {
        let groups: [GuestInformation] = [.users, .os, .timezone, .hostName, .fileSystems, .interfaces]
        #expect(groups.map(\.rawValue) == [1, 2, 4, 8, 16, 64])
    }

    private func processors(_ states: [(online: Bool, fixed: Bool)]) throws -> GuestProcessors {
        let values = states.enumerated().map { number, state -> JSONValue in
            ["logical-id": JSONValue(number), "online": .bool(state.online), "can-offline": .bool(!state.fixed)]
        }
        return GuestProcessors(try GuestGetVCPUs.decode(.array(values.reversed())))
    }

    @Test("Processors as sets of numbers")
    func sets() throws {
        let all = try processors([(true, true), (true, false), (false, false), (true, false)])
        #expect(all.onlineCount == 3)
        #expect(
            all.parameters == [
                .init("vcpus", .string("0-3")), .init("online", .string("0-1,3")),
                .init("offlinable", .string("1-3")),
            ])
    }

    @Test("So many processors: the lowest beside those that can't go; first on line, then off")
    func changes() throws {
        // The second can't go, the others can.
        let all = try processors([(false, false), (true, true), (false, false), (true, false)])
        func change(_ count: Int) throws -> [[Int]] { try all.changes(toUse: count).map(\.numbers) }
        #expect(try change(1) == [[3]])
        #expect(try all.changes(toUse: 1).map(\.isOnline) == [false])
        #expect(try change(2) == [[0], [3]])
        #expect(try all.changes(toUse: 2).map(\.isOnline) == [true, false])
        #expect(try change(3) == [[0, 2], [3]])
        #expect(try change(4) == [[0, 2]])
        #expect(throws: VMError.self) { try change(0) }
        let more = #expect(throws: VMError.self) { try change(5) }
        #expect(more?.message.hasSuffix("5 > 4") == true && more?.code == .invalidArgument)
        #expect(try processors([(true, true)]).changes(toUse: 1).isEmpty)
    }

    @Test("Ways to ask a guest: libvirt's numbers and words; nothing is both")
    func modes() {
        let modes: [GuestPowerModes] = [.acpi, .agent, .initctl, .signal, .paravirt]
        #expect(modes.map(\.rawValue) == [1, 2, 4, 8, 16])
        #expect(GuestPowerModes.words.compactMap { GuestPowerModes(word: $0) } == modes)
        #expect(GuestPowerModes(word: "nothing") == nil)
        let none: GuestPowerModes = []
        #expect(none.usesAgent && none.usesButton)
        #expect(GuestPowerModes.acpi.usesButton && !GuestPowerModes.acpi.usesAgent)
        #expect(!GuestPowerModes.agent.usesButton && GuestPowerModes.agent.usesAgent)
    }

    @Test("Whom to ask for addresses has libvirt's numbers")
    func sources() {
        #expect(VMManager.AddressSource(libvirtNumber: 1) == .agent)
        #expect(VMManager.AddressSource(libvirtNumber: 2) == .arp)
        #expect(VMManager.AddressSource(libvirtNumber: 0) == .lease && VMManager.AddressSource(libvirtNumber: 3) == nil)
    }
}
