import Testing
import VMCore
import VMDomain
import VMXML

@testable import QEMULauncher

/// Ports that displays get when a machine starts, and descriptors that its networks are promised.
@Suite struct DisplayPortsTests {
    private func domain(_ devices: String...) throws -> Domain {
        let xml = "<domain type='qemu'><name>d</name><devices>\(devices.joined())</devices></domain>"
        return try Domain.read(Array(xml.utf8), file: "d.xml").checked()
    }

    @Test("Each display that leaves its port open gets the first that is free, each another one")
    func ports() throws {
        var domain = try domain(
            "<graphics type='vnc' autoport='yes'/>", "<graphics type='vnc' port='5999' autoport='no'/>",
            "<graphics type='vnc' port='-1'/>", "<graphics type='spice' port='-1' tlsPort='-1'/>",
            "<graphics type='vnc' port='5998' autoport='no' websocket='-1'/>")
        try DisplayPorts.assign(&domain) { _, port in port != 5900 && port != 5902 }
        let graphics = domain.devices.graphics
        #expect(graphics.map(\.port) == [5901, 5999, 5903, 5904, 5998])
        #expect(graphics[3].tlsPort == 5905)
        #expect(graphics[4].websocket == 5700)
    }

    @Test("It is looked at on the address that the display listens on")
    func addresses() throws {
        var domain = try domain(
            "<graphics type='vnc' port='-1'/>", "<graphics type='vnc' port='-1' listen='0.0.0.0'/>",
            "<graphics type='vnc' port='-1'><listen type='address' address='::1'/></graphics>",
            "<graphics type='vnc'><listen type='socket' socket='/s'/></graphics>",
            "<graphics type='spice' port='-1'><listen type='none'/></graphics>")
        var hosts: [String] = []
        try DisplayPorts.assign(&domain) { host, _ in
            hosts.append(host)
            return true
        }
        #expect(hosts == ["127.0.0.1", "0.0.0.0", "::1"])
        #expect(domain.devices.graphics.map(\.port) == [5900, 5901, 5902, nil, -1])
    }

    @Test("Where none is free, that is said")
    func none() throws {
        var domain = try domain("<graphics type='vnc' port='-1'/>")
        var asked: [UInt16] = []
        let error = #expect(throws: VMError.self) {
            try DisplayPorts.assign(&domain) { _, port in
                asked.append(port)
                return false
            }
        }
        #expect(error?.code == .busy && error?.message.contains("vnc") == true)
        #expect(asked.first == 5900 && asked.count == 1000 && asked.last == 6899)
    }

    @Test("What was chosen is taken back for the next start, and what the document says is kept")
    func reopen() throws {
        let stored = try domain(
            "<graphics type='vnc' autoport='yes' websocket='-1'/>", "<graphics type='vnc' port='5950' autoport='no'/>",
            "<graphics type='spice' port='-1' tlsPort='-1'/>")
        var live = stored
        try DisplayPorts.assign(&live) { _, _ in true }
        #expect(live.devices.graphics.map(\.port) == [5900, 5950, 5901])
        DisplayPorts.reopen(&live, asIn: stored)
        #expect(live.devices.graphics.map(\.port) == stored.devices.graphics.map(\.port))
        #expect(live.devices.graphics[0].websocket == -1 && live.devices.graphics[2].tlsPort == -1)
        // Another display in its place is none of the stored one's.
        var other = try domain("<graphics type='spice' port='5000'/>")
        DisplayPorts.reopen(&other, asIn: stored)
        #expect(other.devices.graphics[0].port == 5000)
    }

    @Test("Each queue of a network has its descriptor, and one more where the kernel moves the packets")
    func descriptors() throws {
        func card(_ type: String, _ more: String) -> String { "<interface type='\(type)'>\(more)</interface>" }
        let domain = try domain(
            card("user", ""), card("bridge", "<source bridge='b'/><model type='e1000'/><driver queues='4'/>"),
            card("bridge", "<source bridge='b'/><model type='virtio'/><driver queues='2'/>"),
            card("ethernet", "<model type='virtio'/><driver name='qemu'/>"))
        var host = HostFacts()
        host.hasVhostNet = true
        let with = TapDescriptors.all(domain, host).map(\.descriptors)
        #expect(with.map(\.taps) == [[16], [17, 18], [21]])
        #expect(with.map(\.vhosts) == [[], [19, 20], []])
        host.hasVhostNet = false
        let without = TapDescriptors.all(domain, host).map(\.descriptors)
        #expect(without.map(\.taps) == [[16], [17, 18], [19]])
        #expect(without.allSatisfy { $0.vhosts.isEmpty })
    }
}
