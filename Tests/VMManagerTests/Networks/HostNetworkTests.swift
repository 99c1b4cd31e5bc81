import Foundation
import TestBench
import Testing
import VMCore
import VMManager

@Suite(.timeLimit(.minutes(40)))
struct HostNetworkTests {
    private static let canStart: Bool = {
        let programs = ["/usr/sbin/dnsmasq", "/usr/sbin/nft"]
        return geteuid() == 0 && programs.allSatisfy { access($0, X_OK) == 0 }
            && access("/dev/net/tun", R_OK | W_OK) == 0
    }()

    private func document(_ name: String, _ more: String = "") -> [UInt8] {
        let bridge = "vmh\(UInt32.random(in: 0..<1_000_000))"
        let subnet = "10.\(Int.random(in: 100..<250)).\(Int.random(in: 0..<250))"
        return Array(
            "<network><name>\(name)</name>\(more)<bridge name='\(bridge)'/><ip address='\(subnet).1' prefix='24'/></network>"
                .utf8)
    }

    @Test
    func `Networks are listed by what they are`() throws {
        let bench = try Bench()
        defer { withExtendedLifetime(bench) {} }
        let networks = bench.manager.networks
        try networks.define(document("a"))
        let marked = try networks.define(document("b"))
        #expect(try networks.setAutostart(marked, true).isAutostarted)
        #expect(try networks.networks(.inactive).map(\.name) == ["a", "b"])
        #expect(try networks.networks(.active).isEmpty)
        #expect(try networks.networks(.autostart).map(\.name) == ["b"])
        #expect(try networks.leases(of: marked).isEmpty)
        #expect(try networks.ports(of: marked).isEmpty)
        #expect(throws: VMError.self) {
            try networks.define(
                Array("<network><name>c</name><forward mode='vepa'/><ip address='1.2.3.4'/></network>".utf8))
        }
    }

    @Test(.enabled(if: canStart, "needs root, dnsmasq and nft"))
    func `A network is started and stopped, by a thread and for a task`() async throws {
        let bench = try Bench()
        // Its end takes the folders away.
        defer { withExtendedLifetime(bench) {} }
        let networks = bench.manager.networks
        let record = try networks.define(document("a"))
        let started = try networks.wait { (networks) async throws(VMError) in try await networks.start(record) }
        #expect(started.isActive && started.session != nil)
        try networks.wait { (networks) async throws(VMError) in _ = try await networks.stop(record) }
        #expect(try !networks.network("a").isActive)
        let again = try await networks.perform("start") { (networks) async throws(VMError) in
            try await networks.start(record)
        }
        #expect(again.isActive && again.session != started.session)
        _ = try await networks.perform("stop") { (networks) async throws(VMError) in try await networks.stop(record) }
        #expect(try !networks.network("a").isActive)
    }
}
