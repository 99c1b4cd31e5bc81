import LibvirtWire
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

@testable import LibvirtServer

/// Lengths, counts and documents that mean harm.
@Suite(.timeLimit(.minutes(40)))
struct HostileInputTests {
    /// One ends the connection, the other takes nothing and long.
    private static let leftOut = ["CONNECT_CLOSE", "CONNECT_GET_CAPABILITIES"]

    /// Words that are large, negative, and just beyond what is taken; no zeros, with which procedures might do something.
    private static let payloads: [[UInt8]] = {
        let words: [UInt32] = [0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0x4000_0001, 0x0100_0001]
        return words.flatMap { word in
            [2, 64].map { count in
                (0..<count).flatMap { _ in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
            }
        }
    }()

    @Test
    func `Every procedure answers arguments that are none, and the connection goes on`() throws {
        let bench = try ServerBench()
        let domain = try bench.define("web").xdr()
        let client = try WireClient.opened(bench.socket)
        for table in [ProcedureTable.remote, .qemu] {
            for row in table.rows where row.isCall && !Self.leftOut.contains(row.text) {
                let id = ProcedureID(table.program, row.number)
                // A domain that is there, and then nonsense. What takes no arguments is done when it has answered once.
                for payload in Self.payloads + Self.payloads.map({ domain + $0 }) {
                    if try client.refusal(of: id, payload) == nil { break }
                }
            }
        }
        #expect(try client.call(Remote.connectGetType, Nothing()) == "QEMU")
    }

    @Test
    func `Two thousand million elements cost nothing`() throws {
        let bench = try Bench()
        let server = try ServerProcess(bench.folder)
        let client = try WireClient.opened(server.socket)
        _ = try client.call(Remote.connectListDomains, 0)
        let before = server.resident
        for row in ProcedureTable.remote.rows where row.isCall && !Self.leftOut.contains(row.text) {
            for payload in Self.payloads {
                if try client.refusal(of: ProcedureID(.remote, row.number), payload) == nil { break }
            }
        }
        #expect(server.resident - before < 16_384, "\(before) KiB, then \(server.resident)")
    }

    @Test
    func `A list that is asked for with no room, or with less than none, is answered`() throws {
        let bench = try ServerBench()
        for name in ["a", "b", "c"] { try bench.bench.define(name) }
        let client = try WireClient.opened(bench.socket)
        #expect(try client.call(Remote.connectListDefinedDomains, 2).elements.count == 2)
        #expect(try client.call(Remote.connectListDefinedDomains, 0).elements.isEmpty)
        for count: Int32 in [-1, .min, .max] {
            let code = try client.code(Remote.connectListDefinedDomains, count)
            #expect(code == 0 || code == 1 || code == 8 || code == 39, "\(count): \(code)")
        }
    }

    @Test
    func `Documents that grow, that are deep, or that name other files are refused as documents`() throws {
        let bench = try ServerBench()
        let client = try WireClient.opened(bench.socket)
        let entities = (0..<12).map { "<!ENTITY e\($0 + 1) '" + String(repeating: "&e\($0);", count: 10) + "'>" }
            .joined()
        let documents = [
            "<!DOCTYPE d [<!ENTITY e0 'x'>\(entities)]><domain type='qemu'><name>&e12;</name></domain>",
            "<!DOCTYPE d [<!ENTITY f SYSTEM 'file:///etc/hostname'>]><domain type='qemu'><name>&f;</name></domain>",
            "<domain type='qemu'><name>d</name>" + String(repeating: "<metadata>", count: 50_000),
            "<domain type='qemu'><name>" + String(repeating: "n", count: 1_000_000) + "</name></domain>",
            "", "\u{1}", "<domain/>",
        ]
        for document in documents {
            #expect(
                [1, 8, 27, 55, 67].contains(try client.code(Remote.domainDefineXML, document)), "\(document.prefix(60))"
            )
        }
        #expect(try bench.manager.list(.all).isEmpty)
    }

    @Test
    func `A text that is longer than the protocol takes is refused, and the connection goes on`() throws {
        let bench = try ServerBench()
        let client = try WireClient.opened(bench.socket)
        let length = 4_194_308
        let bytes =
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + [UInt8](repeating: 0x3c, count: length)
        #expect(try client.refusal(of: Remote.domainDefineXML.id, bytes)?.message == "Unable to decode message payload")
        #expect(try client.call(Remote.connectGetType, Nothing()) == "QEMU")
    }

    @Test
    func `Names that are paths, options or more than one line are refused or taken as they are`() throws {
        let bench = try ServerBench()
        let client = try WireClient.opened(bench.socket)
        for name in ["../up", "a/b", "/etc/passwd", ".", "..", "two&#10;lines", "", "a&#9;b"] {
            let document = ServerBench.document(name)
            #expect([1, 8, 27, 38, 67].contains(try client.code(Remote.domainDefineXML, document)), "\(name)")
        }
        for name in [",id=x,foo=", "--help", "$(id)", "%n", "'\"'"] {
            let escaped = name.map { $0 == "'" ? "&apos;" : String($0) }.joined()
            let domain = try client.call(Remote.domainDefineXML, ServerBench.document(escaped))
            #expect(domain.name == name)
            #expect(try client.call(Remote.domainLookupByName, name).uuid == domain.uuid)
            _ = try client.call(Remote.domainUndefine, domain)
        }
        #expect(try bench.manager.list(.all).isEmpty)
    }

    @Test(.needs(.qemu))
    func `What may be left out is, in documents and in calls`() throws {
        let bench = try DomainServerBench()
        // A drive without a medium, a network card without a model, a port without a target.
        try bench.bench.define(
            "bare",
            """
            <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
            <interface type='user'/><serial type='pty'/><console/><channel type='unix'><target type='virtio'/></channel>
            """)
        let client = try WireClient.opened(bench.socket)
        let domain = try client.call(Remote.domainLookupByName, "bare")
        for isRunning in [false, true] {
            if isRunning { _ = try client.call(Remote.domainCreate, domain) }
            for row in ProcedureTable.remote.rows
            where HarmlessProcedures.contains(row, of: .remote) && row.text.hasPrefix("DOMAIN") {
                // Each takes the domain, and then what it takes as its smallest: no text, no element, zero.
                for zeros in [4, 8, 16, 32] {
                    let payload = try domain.xdr() + [UInt8](repeating: 0, count: zeros)
                    _ = try client.refusal(of: ProcedureID(.remote, row.number), payload)
                }
            }
            #expect(try client.call(Remote.domainIsActive, domain) == isRunning)
        }
    }
}
