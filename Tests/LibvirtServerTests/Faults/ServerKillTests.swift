import Glibc
import LibvirtWire
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// A server that is killed while it works on a call: it held nothing, so nothing is lost.
@Suite(.needs(.qemu), .timeLimit(.minutes(40)))
struct ServerKillTests {
    /// A call, and what is so when it has been carried out.
    private struct Step: Sendable {
        let name: String
        let begin: @Sendable (WireClient, DomainReference) throws -> UInt32
        let isDone: @Sendable (WireClient, DomainReference) throws -> Bool

        init<A: Sendable, R>(
            _ procedure: Procedure<A, R>, _ arguments: @escaping @Sendable (DomainReference) -> A,
            until isDone: @escaping @Sendable (WireClient, DomainReference) throws -> Bool = { _, _ in true }
        ) {
            name = procedure.row?.text ?? ""
            begin = { client, domain in try client.begin(procedure, arguments(domain)) }
            self.isDone = isDone
        }
    }

    private static func state(_ client: WireClient, _ domain: DomainReference) throws -> Int32 {
        try client.call(Remote.domainGetState, Flagged(domain)).state
    }

    private static func exists(_ client: WireClient, _ domain: DomainReference) throws -> Bool {
        try client.code(Remote.domainLookupByUUID, domain.uuid) == 0
    }

    /// 1 running, 3 paused, 5 off.
    private static func session(_ folder: String) -> [Step] {
        let document = """
            <domain type='qemu'><name>walked</name><uuid>6a1f5b1e-0000-4000-8000-000000000001</uuid>
            <memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
            <devices><emulator>\(Bench.qemu)</emulator></devices></domain>
            """
        let saved = folder + "/walked.save"
        let card = "<interface type='user'><mac address='52:54:00:00:00:07'/></interface>"
        return [
            Step(Remote.connectGetCapabilities, { _ in Nothing() }),
            Step(Remote.domainDefineXML, { _ in document }, until: exists),
            Step(Remote.domainCreate, { $0 }) { try state($0, $1) == 1 },
            Step(Remote.connectGetAllDomainStats, { _ in ConnectGetAllDomainStatsArguments() }),
            Step(Remote.domainSuspend, { $0 }) { try state($0, $1) == 3 },
            Step(Remote.domainResume, { $0 }) { try state($0, $1) == 1 },
            Step(
                Remote.domainSetAutostart,
                { domain in
                    Autostart {
                        $0.subject = domain; $0.autostart = true
                    }
                }
            ) {
                try $0.call(Remote.domainGetAutostart, $1)
            },
            Step(
                Remote.domainAttachDeviceFlags,
                { domain in
                    DomainXMLFlags {
                        $0.domain = domain; $0.xml = card; $0.flags = 3
                    }
                }
            ) { try $0.call(Remote.domainGetXMLDesc, Flagged($1)).contains("52:54:00:00:00:07") },
            Step(Remote.domainGetXMLDesc, { Flagged($0) }),
            Step(
                Remote.domainSave,
                { domain in
                    DomainPath {
                        $0.domain = domain; $0.path = saved
                    }
                }
            ) {
                try state($0, $1) == 5
            },
            Step(Remote.domainRestore, { _ in saved }) { try state($0, $1) == 1 },
            Step(Remote.domainManagedSave, { Flagged($0) }) { try state($0, $1) == 5 },
            Step(Remote.domainCreate, { $0 }) { try state($0, $1) == 1 },
            Step(Remote.domainReset, { Flagged($0) }),
            Step(Remote.domainDestroy, { $0 }) { try state($0, $1) == 5 },
            Step(Remote.domainUndefine, { $0 }) { try !exists($0, $1) },
        ]
    }

    @Test(arguments: [0, 2, 20, 120])
    func `Killed at every call of a session: other machines run on, and the session goes on`(
        _ milliseconds: Int
    ) throws {
        let bench = try DomainBench()
        try bench.define("other", "")
        let other = try bench.manager.start("other")
        let server = try ServerProcess(bench.folder)
        let domain = DomainReference(
            name: "walked", uuid: try #require(UUID("6a1f5b1e-0000-4000-8000-000000000001")))
        for step in Self.session(bench.folder) {
            let client = try WireClient.opened(server.socket)
            let serial = try step.begin(client, domain)
            Poll.sleep(.milliseconds(milliseconds))
            server.kill()
            // The client has its answer, or knows that there is none.
            _ = try? client.answer(to: serial, Nothing.self)
            try server.start()

            let next = try WireClient.opened(server.socket)
            #expect(try bench.manager.status("other").qemu == other.qemu, "\(step.name)")
            // What was asked for is done by now, is still being done, or was never begun: then it is asked for again.
            let deadline = Deadline.after(.seconds(60))
            while (try? step.isDone(next, domain)) != true, !deadline.hasPassed {
                let again = try step.begin(next, domain)
                _ = try? next.answer(to: again, Nothing.self)
                Poll.sleep(.milliseconds(20))
            }
            #expect(try step.isDone(next, domain), "\(step.name)")
        }
        #expect(try bench.manager.list(.all).map(\.name) == ["other"])
    }
}
