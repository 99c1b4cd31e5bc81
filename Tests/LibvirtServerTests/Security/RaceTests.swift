import Glibc
import LibvirtWire
import Synchronization
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager
import VMTestSupport

/// What is looked at while it comes and goes.
@Suite(.needs(.qemu), .timeLimit(.minutes(40)))
struct RaceTests {
    @Test
    func `Many who only look, while machines come, start, stop and go`() throws {
        let bench = try ServerBench()
        let names = (0..<4).map { "race\($0)" }
        let isOver = Mutex(false)
        let readOnly = bench.readOnlySocket
        let readers = (0..<40).map { _ in
            Background<String?> {
                do {
                    let client = try WireClient.opened(readOnly)
                    while !isOver.withLock({ $0 }) {
                        let domains = try client.call(Remote.connectListAllDomains, ListArguments()).elements
                        for domain in domains { try look(at: domain, client) }
                        _ = try client.call(Remote.connectGetAllDomainStats, ConnectGetAllDomainStatsArguments())
                    }
                    return nil
                } catch {
                    return "\(error)"
                }
            }
        }
        let writer = try WireClient.opened(bench.socket)
        for _ in 0..<2 {
            for name in names {
                let domain = try writer.call(Remote.domainDefineXML, ServerBench.document(name))
                _ = try writer.call(Remote.domainCreate, domain)
            }
            for name in names {
                let domain = try writer.call(Remote.domainLookupByName, name)
                _ = try writer.call(Remote.domainDestroy, domain)
                _ = try writer.call(Remote.domainUndefine, domain)
            }
        }
        isOver.withLock { $0 = true }
        for reader in readers { #expect(reader.wait() == .some(nil)) }
    }
}

/// Asks what can be asked; that the domain is gone, or has stopped, is an answer.
private func look(at domain: DomainReference, _ client: WireClient) throws {
    do {
        _ = try client.call(Remote.domainGetInfo, domain)
        _ = try client.call(Remote.domainGetState, Flagged(domain))
        _ = try client.call(Remote.domainGetXMLDesc, Flagged(domain))
    } catch let error as RemoteError where [42, 55].contains(error.number) {}
}

/// What the end of a machine tells those who ask it at that moment.
@Suite(.needs(.qemu), .timeLimit(.minutes(40)))
struct MonitorEndTests {
    @Test
    func `QEMU killed while statistics are asked for is a machine that is off`() throws {
        let bench = try ServerBench()
        let domain = try bench.define("web")
        let client = try WireClient.opened(bench.socket)
        for _ in 0..<5 {
            _ = try client.call(Remote.domainCreate, domain)
            let qemu = try #require(try bench.manager.status("web").qemu)
            let asked = try (0..<5).map { _ in
                try client.begin(Remote.connectGetAllDomainStats, ConnectGetAllDomainStatsArguments())
            }
            kill(qemu.pid, SIGKILL)
            for serial in asked { _ = try? client.answer(to: serial, Nothing.self) }
            try eventually("the machine is off") { try client.call(Remote.domainIsActive, domain) == false }
        }
    }
}
