import Foundation
import Testing
import VMCore

@testable import VMStore

/// Foundation has another one.
typealias ID = VMCore.UUID

/// The error that is thrown, if one is.
func failure(_ body: () throws -> some Any) -> VMError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? VMError
    }
}

/// A store in a folder of its own, of a kind that is as simple as can be.
final class StoreBench: Sendable {
    let folder: String
    let store: DocumentStore

    static let thing = DocumentKind(
        word: "thing",
        missing: { key, remedy in VMError(.notFound, "no thing '\(key)'", remedy: remedy) }
    ) { (bytes, _) throws(VMError) in
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasSuffix("</thing>") else { throw VMError(.invalidXML, "it isn't whole") }
        func value(_ tag: String) -> String? {
            guard let start = text.range(of: "<\(tag)>"), let end = text.range(of: "</\(tag)>"),
                start.upperBound <= end.lowerBound
            else { return nil }
            return String(text[start.upperBound..<end.lowerBound])
        }
        return .init(name: value("name"), uuid: value("uuid").flatMap { ID($0) })
    }

    init() throws {
        var template = Array("/tmp/vmctl-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        store = DocumentStore(folder: folder + "/things", kind: StoreBench.thing)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static func xml(_ name: String, _ uuid: ID, _ text: String = "") -> [UInt8] {
        Array("<thing><name>\(name)</name><uuid>\(uuid)</uuid>\(text)</thing>".utf8)
    }

    @discardableResult
    func define(_ name: String, uuid: ID? = nil, _ text: String = "") throws -> StoredDocument {
        try store.define(name, uuid: uuid) { transaction in StoreBench.xml(name, transaction.uuid, text) }.document
    }

    /// Writes a file as somebody does who knows nothing of the store.
    func writeByHand(_ name: String, _ uuid: ID, _ text: String = "") throws {
        try Data(StoreBench.xml(name, uuid, text)).write(to: URL(fileURLWithPath: store.path(of: name)))
    }

    /// Another process, in the store's folder.
    func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.currentDirectoryURL = URL(
            fileURLWithPath: FileManager.default.fileExists(atPath: store.folder) ? store.folder : folder)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(script)")
    }

    /// The documents of the folder that are opened meanwhile.
    func opened(_ body: () throws -> Void) throws -> Set<String> {
        let watch = inotify_init1(Int32(O_NONBLOCK))
        defer { close(watch) }
        #expect(inotify_add_watch(watch, store.folder, UInt32(IN_OPEN)) >= 0)
        try body()
        var names: Set<String> = []
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while case let length = read(watch, &bytes, bytes.count), length > 0 {
            var at = 0
            while at + 16 <= length {
                let size = Int(bytes[at + 12]) | Int(bytes[at + 13]) << 8
                let name = String(decoding: bytes[(at + 16)..<(at + 16 + size)].prefix { $0 != 0 }, as: UTF8.self)
                if name.hasSuffix(".xml") { names.insert(name) }
                at += 16 + size
            }
        }
        return names
    }
}
