import LibvirtWire
import Testing
import VMCore

@Suite("Errors")
struct RemoteErrorTests {
    @Test("a lookup that failed, byte by byte as libvirt sends it")
    func bytes() throws {
        let error = RemoteError(VMError(.noDomain, "no domain with matching name 'nosuch'"))
        let message = "Domain not found: no domain with matching name 'nosuch'"
        let expected: [[UInt8]] = [
            [0, 0, 0, 42, 0, 0, 0, 10], [0, 0, 0, 1], try message.xdr(), [0, 0, 0, 2], [0, 0, 0, 0],
            [0, 0, 0, 1], try "Domain not found: %s".xdr(),
            [0, 0, 0, 1], try "no domain with matching name 'nosuch'".xdr(), [0, 0, 0, 0],
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0],
        ]
        #expect(try error.xdr() == expected.flatMap { $0 })
    }

    @Test("causes and remedies are in the one sentence that people see")
    func causes() {
        let cause = VMError(.io, "can't open '/d.qcow2'", remedy: "give it to the user")
        #expect(
            RemoteError(cause.wrapped("web can't be started", code: .launchFailed)).message
                == "internal error: web can't be started: can't open '/d.qcow2'; give it to the user")
    }

    @Test("a message that begins as libvirt's does isn't begun twice")
    func beginning() {
        let error = RemoteError(VMError(.wrongState, "Requested operation is not valid: domain is not running"))
        #expect(error.message == "Requested operation is not valid: domain is not running")
        #expect(error.detail == "domain is not running")
        #expect(error.number == 55 && error.domain == 10)
    }

    @Test(
        "numbers that clients change for old servers' sake travel with the one domain for which they don't",
        arguments: [
            (61, 33), (62, 33), (63, 33), (60, 10), (64, 10),
        ] as [(Int32, Int32)])
    func filterNumbers(_ number: Int32, _ domain: Int32) {
        let error = RemoteError(LibvirtError(.init(rawValue: number), in: .qemu), "x")
        #expect(error.number == number && error.domain == domain)
    }

    @Test("a message that the protocol doesn't take reaches the client nevertheless")
    func unsendable() throws {
        let error = RemoteError(VMError(.io, "a\0b" + String(repeating: "ä", count: 5_000_000)))
        let message = try #require(error.message)
        #expect(message.hasPrefix("abää"))
        #expect(try RemoteError(xdr: error.xdr()) == error)
    }

    @Test("an error that can't be written becomes one that says so")
    func tooLong() throws {
        var client = try TestClient.opened()
        try client.call(Remote.domainLookupByName, "d")
        let call = try client.takeCall()
        client.session.answer(
            call.id, .failure(RemoteError { $0.message = String(repeating: "x", count: 5_000_000) }))
        #expect(try client.takeError().message == "Unable to encode message payload")
    }

    @Test(
        "what is refused to those who may only read names the part of libvirt that refuses",
        arguments: [
            ("DOMAIN_SHUTDOWN", 20), ("DOMAIN_SNAPSHOT_DELETE", 35), ("DOMAIN_REVERT_TO_SNAPSHOT", 35),
            ("DOMAIN_CHECKPOINT_DELETE", 69), ("NETWORK_DESTROY", 19), ("STORAGE_VOL_DELETE", 18),
            ("SECRET_GET_VALUE", 30),
            ("NODE_DEVICE_RESET", 22), ("INTERFACE_DESTROY", 26), ("NWFILTER_UNDEFINE", 33),
            ("NODE_SUSPEND_FOR_DURATION", 20),
        ])
    func parts(_ name: String, _ domain: Int32) throws {
        let row = try #require(ProcedureTable.remote.rows.first { $0.text == name })
        var client = try TestClient.opened(readOnly: true) { $0.served = .everything }
        try client.send { $0.procedure = row.number }
        let error = try client.takeError()
        #expect(error.number == 29 && error.domain == domain)
    }
}
