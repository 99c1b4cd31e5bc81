import Testing
import VMCore
import VMDomain

@testable import QEMULauncher

@Suite struct LaunchTests {
    private func domain(_ devices: String) throws -> Domain {
        try Domain(xml: "<domain type='qemu'><name>x</name><devices>\(devices)</devices></domain>")
    }

    @Test("displays that leave their port open get the first that is free, each its own")
    func ports() throws {
        var domain = try domain(
            """
            <graphics type='vnc' port='-1' autoport='yes'/><graphics type='spice' autoport='yes'/>
            <graphics type='vnc' port='5907'/>
            """)
        try DisplayPorts.assign(&domain) { _, port in port != 5900 }
        #expect(domain.devices.graphics.map(\.port) == [5901, 5902, 5907])
        #expect(throws: VMError.self) {
            var other = try self.domain("<graphics type='vnc' autoport='yes'/>")
            try DisplayPorts.assign(&other) { _, _ in false }
        }
    }

    @Test("displays on sockets need no port")
    func sockets() throws {
        var domain = try domain("<graphics type='vnc'><listen type='socket' socket='/x'/></graphics>")
        try DisplayPorts.assign(&domain) { _, _ in false }
        #expect(domain.devices.graphics.first?.port == nil)
    }

    @Test(
        "what nobody provides is told before the start",
        arguments: [
            (
                "<interface type='ethernet'><vlan><tag id='4'/></vlan></interface>", "VLAN"
            ),
            ("<interface type='direct'><source dev='eth0'/><vlan><tag id='4'/></vlan></interface>", "VLAN"),
            ("<interface type='bridge'><source bridge='b'/><filterref filter='f'/></interface>", "filtered"),
            ("<disk type='file'><source file='/a'/><target dev='vda'/><transient/></disk>", "transient"),
        ])
    func needs(devices: String, word: String) throws {
        let problems = LaunchNeeds.unmet(try domain(devices))
        #expect(problems.count == 1)
        #expect(problems.first?.message.contains(word) == true)
        #expect(LaunchNeeds.unmet(try domain("<interface type='user'/>")).isEmpty)
    }
}
