import Foundation
import Testing
import VMCore

@testable import VMStorage

/// Pools with folders of their own, which go with the test.
final class PoolBench {
    let home: String
    let store: PoolStore

    /// Where what can be made anew is kept.
    var cache: String { home + "/cache" }

    init() throws {
        var template = Array("/tmp/vmctl-pools-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        home = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        store = PoolStore(UserPaths(root: home))
    }

    deinit { try? FileManager.default.removeItem(atPath: home) }

    func path(_ name: String) -> String { "\(home)/\(name)" }

    func document(_ name: String, _ more: String = "") throws -> StoragePool {
        try StoragePool.checked(
            Array("<pool type='dir'><name>\(name)</name><target><path>\(path(name))</path></target>\(more)</pool>".utf8)
        )
    }

    /// A pool that is active.
    func pool(_ name: String = "images", _ more: String = "") throws -> FolderPool {
        let record = try store.define(document(name, more)).record
        return try store.folder(try store.start(record.uuid, build: true))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    }

    @discardableResult
    func run(_ program: String, _ arguments: String...) throws -> String { try run(program, arguments) }

    @discardableResult
    func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }
}

extension FolderPool {
    /// Makes a volume of a document's inside.
    @discardableResult
    func make(_ name: String, _ inside: String, flags: CreationFlags = []) throws -> VolumeEntry {
        let text = "<volume><name>\(name)</name>\(inside)</volume>"
        return try create(StorageVolume.checked(Array(text.utf8)), flags: flags)
    }

    var names: [String] { ((try? volumes()) ?? []).map(\.name) }
}

/// libvirt's number of the error that something is refused with; 0 where it isn't.
func code(_ body: () throws -> Void) -> Int32 {
    do {
        try body()
        return 0
    } catch let error as VMError {
        return error.libvirt.number.rawValue
    } catch {
        return -1
    }
}
