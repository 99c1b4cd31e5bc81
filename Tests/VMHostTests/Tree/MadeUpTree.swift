import Foundation
import Testing

/// A made-up `/sys`, which goes when the test is over.
final class MadeUpTree {
    let root: String

    init() throws {
        var template = Array("/tmp/vmctl-tree-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Makes a device's folder below `/sys/devices` with its files, and the links that lead to it.
    func device(_ path: String, _ files: [String: String] = [:], from links: [String] = []) throws {
        let folder = root + "/sys/devices/" + path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in files { try write("/sys/devices/\(path)/\(name)", text) }
        for link in links {
            let whole = root + "/sys/" + link + "/" + (path.split(separator: "/").last ?? "")
            let up = String(repeating: "../", count: link.split(separator: "/").count)
            try FileManager.default.createDirectory(
                atPath: root + "/sys/" + link, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: whole, withDestinationPath: up + "devices/" + path)
        }
    }

    func write(_ path: String, _ text: String) throws {
        let whole = root + path
        let folder = URL(fileURLWithPath: whole).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: whole))
    }

    func link(_ path: String, to target: String) throws {
        let folder = URL(fileURLWithPath: root + path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: root + path, withDestinationPath: target)
    }

    func text(_ path: String) -> String { (try? String(contentsOfFile: root + path, encoding: .utf8)) ?? "" }
}
