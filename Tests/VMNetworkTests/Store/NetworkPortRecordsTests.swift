import Foundation
import Testing
import VMCore
import VMXML

@testable import VMNetwork

/// Ports that somebody has asked for.
struct NetworkPortRecordsTests {
    private static let owner = "<owner><name>a&amp;b</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></owner>"

    private func read(_ inside: String) throws -> NetworkPortDocument {
        try NetworkPortDocument.checked(Array("<networkport>\(inside)</networkport>".utf8))
    }

    @Test
    func `A port is read as it was written`() throws {
        let text = """
            <networkport>
              <uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff3207d</uuid>
              <owner>
                <name>a&amp;b</name>
                <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
              </owner>
              <group>g</group>
              <mac address='52:54:00:7b:35:93'/>
              <bandwidth>
                <inbound average='1'/>
              </bandwidth>
              <vlan>
                <tag id='7'/>
              </vlan>
              <port isolated='yes'/>
              <rxfilters trustGuest='yes'/>
              <plug type='network' bridge='virbr0'/>
            </networkport>

            """
        #expect(try NetworkPortDocument.checked(Array(text.utf8)).xml == text)
        for odd in [
            "", "<owner><name>x</name></owner>", Self.owner + "<mac address='01:00:00:00:00:00'/>",
            Self.owner + "<zz/>",
        ] {
            #expect(throws: VMError.self) { _ = try read(odd) }
        }
    }

    @Test
    func `Ports are those of a run`() throws {
        var template = Array("/tmp/vmctl-port-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let home = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: home) }
        let (active, network) = (ActiveNetworks(folder: home + "/n"), VMCore.UUID.random())
        let session = VMCore.UUID.random()
        let records = NetworkPortRecords(active, network, session: session)
        #expect(records.all().isEmpty)
        var port = try read(Self.owner)
        port.uuid = .random()
        try records.write(port)
        #expect(records.all() == [port])
        #expect(NetworkPortRecords(active, network, session: .random()).all().isEmpty)
        // What can't be read is none.
        try Data("<networkport/>".utf8).write(
            to: URL(fileURLWithPath: "\(active.portFolder(of: network))/\(session)/\(VMCore.UUID.random()).xml"))
        #expect(records.all().count == 1)
        try records.remove(try #require(port.uuid))
        #expect(records.all().isEmpty)
        try records.write(port)
        active.removePorts(of: network)
        #expect(records.all().isEmpty && !Files.exists(active.portFolder(of: network)))
    }
}
