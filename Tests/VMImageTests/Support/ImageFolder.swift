import Foundation
import Testing
import VMCore
import VMImage

/// A folder for images, which goes with its owner.
final class ImageFolder {
    let path: String

    static let hasQEMUImg = access("/usr/bin/qemu-img", X_OK) == 0

    init() throws {
        path = try #require(mkdtemp(strdup("/tmp/vmctl-image-XXXXXX")).map { String(cString: $0) })
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file in it.
    subscript(name: String) -> String { path + "/" + name }

    /// Makes a file of these bytes.
    @discardableResult
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Files.write(bytes, to: self[name])
        return self[name]
    }

    /// Runs `qemu-img create` in the folder.
    @discardableResult
    func create(
        _ name: String, _ format: String, options: [String] = [], _ more: [String] = [], size: String = "3M"
    ) throws -> String {
        let words = options.flatMap { ["-o", $0] } + more
        try qemuImg(["create", "-q", "-f", format] + words + [name, size])
        return self[name]
    }

    /// An image upon another one, by `qemu-img create -u`.
    @discardableResult
    func overlay(_ name: String, on backing: String, _ format: String? = "qcow2") throws -> String {
        // What an old qemu-img did: the format isn't declared.
        let declared = format ?? "qcow2"
        try create(name, "qcow2", ["-u", "-b", backing, "-F", declared], size: "1M")
        if format == nil { try undeclare(name) }
        return self[name]
    }

    private func undeclare(_ name: String) throws {
        var bytes = try Files.read(self[name])
        let mark: [UInt8] = [0xe2, 0x79, 0x2a, 0xca]
        let place = try #require((0..<512).first { Array(bytes[$0..<($0 + 4)]) == mark })
        bytes.replaceSubrange(place..<place + 4, with: [1, 2, 3, 4])
        try Files.write(bytes, to: self[name])
    }

    private func qemuImg(_ words: [String]) throws {
        // Where a host's processor times are coarse, it now and then can't time how long a key takes to make.
        for _ in 0..<40 {
            let said = try attempt(words)
            if said?.contains("Unable to get accurate CPU usage") == true { continue }
            return try #require(said == nil, "\(words): \(said ?? "")")
        }
        Issue.record("\(words) fails again and again")
    }

    /// What qemu-img complains of; nil when it did what it was asked for.
    private func attempt(_ words: [String]) throws -> String? {
        let complaints = try FileDescriptor.open(
            self[".complaints"], flags: O_RDWR | O_CREAT | O_TRUNC, mode: 0o600)
        let process = try SpawnedProcess.spawn(
            SpawnRequest(
                executable: "/usr/bin/qemu-img", arguments: words, descriptors: [.init(complaints.raw, as: 2)],
                workingDirectory: path))
        let exit = ProcessExit.wait(for: process.handle, until: .after(.seconds(60)))
        let said = try Files.read(self[".complaints"])
        return exit == .exited(0) ? nil : String(decoding: said, as: UTF8.self)
    }
}
