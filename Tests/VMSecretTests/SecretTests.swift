import Foundation
import Testing
import VMCore
import VMXML

@testable import VMSecret

struct SecretTests {
    private static func document(_ usage: String, _ head: String = "ephemeral='no' private='no'") -> String {
        """
        <secret \(head)>
          <uuid>70a7eb15-6c34-ee9c-bf57-69e8e5ff3fb2</uuid>
          <description>a &lt;key&gt;</description>
        \(usage)</secret>

        """
    }

    @Test(
        arguments: [
            "", "  <usage type='volume'>\n    <volume>/images/a</volume>\n  </usage>\n",
            "  <usage type='ceph'>\n    <name>client.vm</name>\n  </usage>\n",
            "  <usage type='iscsi'>\n    <target>lun</target>\n  </usage>\n",
            "  <usage type='tls'>\n    <name>key</name>\n  </usage>\n",
            "  <usage type='vtpm'>\n    <name>tpm</name>\n  </usage>\n",
        ])
    func `Documents are written as they were read`(usage: String) throws {
        let text = Self.document(usage)
        #expect(try Secret.checked(Array(text.utf8)).xml == text)
    }

    @Test(
        arguments: [
            ("<usage type='volume'/>", LibvirtError.Number.xmlError), ("<usage type='zz'/>", .configurationUnsupported),
            ("<usage/>", .xmlError), ("<what/>", .xmlError),
        ])
    func `Faults have libvirt's numbers`(inside: String, number: LibvirtError.Number) {
        #expect {
            _ = try Secret.checked(Array("<secret>\(inside)</secret>".utf8))
        } throws: { ($0 as? VMError)?.libvirt.number == number }
    }
}

struct SecretStoreTests {
    private let home: String
    private let store: SecretStore

    init() throws {
        var template = Array("/tmp/vmctl-secrets-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        home = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        store = SecretStore(UserPaths(root: home))
    }

    private func remove() { try? FileManager.default.removeItem(atPath: home) }

    private func define(_ usage: String, _ head: String = "", uuid: VMCore.UUID? = nil) throws -> SecretRecord {
        let id = uuid.map { "<uuid>\($0)</uuid>" } ?? ""
        return try store.define(Secret.checked(Array("<secret \(head)>\(id)\(usage)</secret>".utf8)))
    }

    private func number(_ body: () throws -> Void) -> LibvirtError.Number? {
        do {
            try body()
            return nil
        } catch { return (error as? VMError)?.libvirt.number }
    }

    @Test
    func `A value is kept apart, for its owner alone, and goes with its secret`() throws {
        defer { remove() }
        let secret = try define("<usage type='volume'><volume>/a</volume></usage>")
        #expect(!secret.hasValue)
        #expect(number { _ = try store.value(of: secret) } == .noSecret)
        let value: [UInt8] = [0, 255, 10, 65]
        #expect(try store.setValue(value, of: secret.uuid).hasValue)
        #expect(try store.value(of: secret) == value)
        let path = "\(home)/config/secrets/\(secret.uuid).value"
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // A new document leaves it.
        _ = try define(
            "<description>new</description><usage type='volume'><volume>/a</volume></usage>", uuid: secret.uuid)
        #expect(try store.value(of: secret) == value)
        _ = try store.undefine(secret.uuid)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try store.all().isEmpty)
        #expect(number { _ = try store.get(secret.uuid) } == .noSecret)
        // What an interrupted removal leaves is nobody's.
        try Data([1]).write(to: URL(fileURLWithPath: path))
        #expect(try !define("<usage type='volume'><volume>/a</volume></usage>", uuid: secret.uuid).hasValue)
    }

    @Test
    func `Two secrets can't be for the same, and one can't become another`() throws {
        defer { remove() }
        let secret = try define("<usage type='ceph'><name>c</name></usage>", "private='yes'")
        #expect(number { _ = try define("<usage type='ceph'><name>c</name></usage>") } == .internalError)
        _ = try define("<usage type='tls'><name>c</name></usage>")
        #expect(
            number { _ = try define("<usage type='ceph'><name>d</name></usage>", "private='yes'", uuid: secret.uuid) }
                == .internalError)
        #expect(
            number { _ = try define("<usage type='ceph'><name>c</name></usage>", uuid: secret.uuid) } == .internalError)
        #expect(try store.find(.ceph, "c").uuid == secret.uuid)
        #expect(number { _ = try store.find(.volume, "c") } == .noSecret)
        _ = try define("")
        _ = try define("")
        #expect(number { _ = try store.find(.none, "") } == .noSecret)
        #expect(
            number { _ = try store.setValue(Array(repeating: 1, count: 65_537), of: secret.uuid) } == .invalidArgument)
    }

    @Test
    func `An ephemeral secret leaves nothing where others are kept`() throws {
        defer { remove() }
        let secret = try define("<usage type='iscsi'><target>t</target></usage>", "ephemeral='yes'")
        _ = try store.setValue([7], of: secret.uuid)
        #expect(try store.get(secret.uuid).isEphemeral)
        #expect(try store.value(of: secret) == [7])
        let kept = FileManager.default.subpaths(atPath: home + "/config") ?? []
        #expect(!kept.contains { $0.contains("\(secret.uuid)") })
        #expect(number { _ = try define("<usage type='iscsi'><target>t</target></usage>", uuid: secret.uuid) } != nil)
        _ = try store.undefine(secret.uuid)
        #expect(try store.all().isEmpty)
    }

    @Test
    func `What a killed process has left of a value is removed`() throws {
        defer { remove() }
        let secret = try define("")
        let folder = UserPaths(root: home).secrets
        func halves() throws -> [String] { try Folders.list(folder).filter { $0.hasPrefix(".new-") } }
        _ = FileManager.default.createFile(atPath: folder + "/.new-77-abc", contents: Data("half".utf8))
        store.sweep()
        #expect(try halves().isEmpty)
        _ = FileManager.default.createFile(atPath: folder + "/.new-77-abd", contents: Data("half".utf8))
        _ = try store.setValue([1, 2], of: secret.uuid)
        #expect(try halves().isEmpty)
        #expect(try store.value(of: store.get(secret.uuid)) == [1, 2])
    }
}
