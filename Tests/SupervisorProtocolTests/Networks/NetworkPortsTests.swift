import Foundation
import QEMULauncher
import Testing
import VMCore
import VMDomain
import VMJSON
import VMNetwork

@testable import SupervisorProtocol

struct NetworkPortsTests {
    private let home: String
    private let paths: UserPaths

    init() throws {
        var template = Array("/tmp/vmctl-ports-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        home = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        paths = UserPaths(root: home)
    }

    private func interface(_ network: String, group: String? = nil) -> Interface {
        var interface = Interface()
        interface.type = .network
        interface.source.network = network
        interface.source.portgroup = group
        return interface
    }

    private func number(_ interface: Interface) -> LibvirtError.Number? {
        do {
            try NetworkPorts.check(interface, paths)
            return nil
        } catch { return error.libvirt.number }
    }

    @Test
    func `An interface gets a port of an active network alone`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        #expect(number(interface("n")) == .noNetwork)
        let document =
            "<network><name>n</name><forward mode='bridge'/><bridge name='br0'/><portgroup name='g'/>"
            + "<portgroup name='v'><vlan><tag id='7'/></vlan></portgroup>"
            + "<portgroup name='o'><virtualport type='openvswitch'/></portgroup></network>"
        let store = NetworkStore(paths)
        let record = try store.define(Network.checked(Array(document.utf8))).record
        #expect(number(interface("n")) == .operationInvalid)
        var network = try #require(record.stored)
        network.uuid = record.uuid
        try store.active.write(ActiveNetworks.text(network, session: .random()), of: record.uuid)
        #expect(number(interface("n")) == nil && number(interface("n", group: "g")) == nil)
        #expect(number(interface("n", group: "zz")) == .configurationUnsupported)
        #expect(number(interface("n", group: "o")) == .configurationUnsupported)
        #expect(number(interface("n", group: "v")) == nil)
        var domain = Domain()
        domain.devices.interfaces = [interface("n")]
        let numbers = try #require(TapDescriptors.all(domain, HostFacts()).first).descriptors
        guard case .bridge("br0", nil, nil) = try NetworkPorts(paths).open(interface("n"), numbers),
            case .bridge("br0", nil, let vlan?) = try NetworkPorts(paths).open(interface("n", group: "v"), numbers),
            vlan.tags.map(\.id) == [7]
        else {
            Issue.record("a bridge of the host's is a port of its own")
            return
        }
    }

    @Test
    func `What happens to networks and secrets is read as it was written`() {
        defer { try? FileManager.default.removeItem(atPath: home) }
        let uuid = VMCore.UUID.random()
        for change in HostEvent.NetworkChange.Change.allCases {
            let kind = HostEvent.Kind.network(.init(name: "n", uuid: uuid, change: change))
            #expect(HostEvent.Kind(word: kind.word, kind.members) == kind)
        }
        for change in HostEvent.SecretChange.Change.allCases {
            let kind = HostEvent.Kind.secret(.init(uuid: uuid, usageType: 1, usageID: "/a", change: change))
            #expect(HostEvent.Kind(word: kind.word, kind.members) == kind)
        }
    }
}
