import Testing
import VMCore

@testable import LibvirtWire

/// Objects as they are named on the wire: text behind its length, UUIDs as sixteen bytes.
@Suite struct ReferenceTests {
    private func bytes(_ value: some XDRValue) throws -> [UInt8] { try value.xdr() }

    @Test("A domain is its name, its UUID and its number")
    func domain() throws {
        let uuid = try #require(UUID("00010203-0405-0607-0809-0a0b0c0d0e0f"))
        let value = DomainReference(name: "abcde", uuid: uuid, id: -1)
        let wire: [UInt8] =
            [0, 0, 0, 5] + Array("abcde".utf8) + [0, 0, 0] + Array(0...15) + [0xff, 0xff, 0xff, 0xff]
        #expect(try bytes(value) == wire)
        #expect(try DomainReference(xdr: wire) == value)
    }

    @Test("What is cut short is no object, wherever it is cut")
    func short() throws {
        let wire = try bytes(DomainReference(name: "abc", uuid: UUID(), id: 3))
        for count in 0..<wire.count {
            #expect(throws: XDRError.self) { _ = try DomainReference(xdr: Array(wire[..<count])) }
        }
    }
}
