import Glibc
import LibvirtWire
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

@testable import LibvirtServer

/// Who may only look: by the socket, or because the client said so when it opened its connection.
@Suite(.timeLimit(.minutes(40)))
struct ReadOnlyTests {
    private func connections(_ bench: ServerBench) throws -> [WireClient] {
        [
            try .opened(bench.readOnlySocket), try .opened(bench.readOnlySocket, readOnly: true),
            try .opened(bench.socket, readOnly: true),
        ]
    }

    @Test
    func `Whatever is not known to be harmless is refused, or isn't there at all`() throws {
        let bench = try ServerBench()
        for client in try connections(bench) {
            for table in [ProcedureTable.remote, .qemu] {
                for row in table.rows where row.isCall && !HarmlessProcedures.contains(row, of: table.program) {
                    let id = ProcedureID(table.program, row.number)
                    let error = try #require(try client.refusal(of: id), "\(row.text) is carried out")
                    if error.number == 29 {
                        #expect(error.message == "operation forbidden: read only access prevents \(row.function)")
                    } else {
                        #expect(error.message == "unknown procedure: \(row.number)", "\(row.text)")
                        #expect(!ServiceTable.all.procedures.contains(id))
                    }
                }
            }
        }
    }

    @Test
    func `Every name of what is harmless is a procedure's`() {
        let names = Set(ProcedureTable.remote.rows.map(\.text))
        #expect(HarmlessProcedures.names.subtracting(names).isEmpty)
    }

    @Test
    func `Secrets, and a guest's agent, are refused to those who may look at the rest`() throws {
        let bench = try ServerBench()
        let domain = try bench.define("web")
        for client in try connections(bench) {
            _ = try client.call(Remote.domainGetXMLDesc, Flagged(domain))
            // With secrets; as a migration has it, with all of them.
            for flags: UInt32 in [1, 8, 3] {
                #expect(try client.code(Remote.domainGetXMLDesc, Flagged(domain, flags: flags)) == 29)
            }
            #expect(try client.code(Remote.domainManagedSaveGetXMLDesc, Flagged(domain, flags: 1)) == 29)
            #expect(try client.code(Remote.domainGetVCPUsFlags, Flagged(domain, flags: 8)) == 29)
            var addresses = DomainInterfaceAddressesArguments()
            addresses.domain = domain
            addresses.source = 1
            #expect(try client.code(Remote.domainInterfaceAddresses, addresses) == 29)
        }
    }

    @Test
    func `What may not be done isn't looked at first`() throws {
        let bench = try ServerBench()
        let client = try WireClient.opened(bench.readOnlySocket)
        // A document that can't be read, a file that isn't there and one that is: the answer doesn't tell.
        #expect(try client.code(Remote.domainDefineXML, "<domain") == 29)
        #expect(try client.code(Remote.domainDefineXML, String(repeating: "<a>", count: 100_000)) == 29)
        for path in ["/etc/passwd", "/nosuch"] {
            #expect(try client.code(Remote.domainSaveImageGetXMLDesc, Flagged(path)) == 29)
        }
        // Arguments that aren't the procedure's either.
        let define = try client.refusal(of: Remote.domainDefineXML.id, [0xff, 0xff, 0xff, 0xff])
        #expect(define?.number == 29)
    }

    @Test
    func `A connection that was opened for looking can't be opened again for more`() throws {
        let bench = try ServerBench()
        let client = try WireClient.opened(bench.socket, readOnly: true)
        #expect(try client.code(Remote.connectOpen, ConnectOpenArguments { $0.name = "qemu:///session" }) == 1)
        #expect(try client.code(Remote.domainDefineXML, ServerBench.document("web")) == 29)
        #expect(try bench.manager.list(.all).isEmpty)
    }

    @Test
    func `Both sockets are their user's alone`() throws {
        let bench = try ServerBench()
        for path in [bench.socket, bench.readOnlySocket] {
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test(.needs(.root))
    func `A user's server knows its user and root, whatever the mode of its socket`() throws {
        let bench = try Bench()
        let server = try ServerProcess(bench.folder, [])
        chmod(bench.folder, 0o755)
        for path in [server.socket, server.readOnlySocket] {
            chmod(path, 0o666)
            let mine = try WireClient.opened(path)
            #expect(try mine.call(Remote.connectGetType, Nothing()) == "QEMU")
            let theirs = try ServerBench.run(
                "/usr/bin/setpriv",
                [
                    "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c",
                    """
                    import socket
                    s = socket.socket(socket.AF_UNIX); s.connect("\(path)"); s.settimeout(20)
                    try: print(s.send(bytes.fromhex("0000001c20008086000000010000004200000000000000010000000000")[:28]) and s.recv(1))
                    except OSError as error: print(b"")
                    """,
                ])
            #expect(theirs.text == "b''\n")
        }
    }
}
