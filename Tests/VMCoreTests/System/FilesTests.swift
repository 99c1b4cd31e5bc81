import Foundation
import Testing
import VMCore

@Suite struct FilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("what isn't a regular file is refused without waiting for it")
    func oddFiles() throws {
        let fifo = folder.path + "/fifo"
        mkfifo(fifo, 0o600)
        for (path, kind) in [(fifo, "a FIFO"), ("/dev/zero", "a device"), (folder.path, "a folder")] {
            let error = #expect(throws: VMError.self) { try Files.read(path) }
            #expect(error?.message == "cannot read '\(path)': it is \(kind), not a file")
        }
        let loop = folder.path + "/loop"
        symlink("loop", loop)
        #expect(throws: VMError.self) { try Files.read(loop) }
    }

    @Test(
        "files of any size up to the limit are read whole, larger ones refused",
        arguments: [0, 1, 1023, 1024, 1025, 70_000])
    func sizes(size: Int) throws {
        let path = folder.path + "/file"
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Files.write(bytes, to: path)
        #expect(try Files.read(path) == bytes)
        #expect(try Files.read(path, limit: size) == bytes)
        if size > 0 { #expect(throws: VMError.self) { try Files.read(path, limit: size - 1) } }
        #expect(Files.tail(path, last: 100) == bytes.suffix(100))
    }

    @Test("a link that leads nowhere is there, what it names isn't")
    func danglingLink() {
        let link = folder.path + "/dangling"
        #expect(!Files.exists(link))
        symlink("nowhere", link)
        #expect(Files.exists(link))
        #expect(Files.linkTarget(link) == "nowhere")
        #expect(!Files.exists(folder.path + "/nowhere"))
    }

    @Test("a failed write leaves the old contents and nothing else")
    func failedWrite() throws {
        let path = folder.path + "/kept"
        try Files.write([1, 2, 3], to: path)
        let error = #expect(throws: VMError.self) { try Files.write([4], to: folder.path + "/absent/file") }
        #expect(error?.message.hasPrefix("cannot write '\(folder.path)/absent/file'") == true)
        #expect(try Files.read(path) == [1, 2, 3])
        #expect(try Folders.list(folder.path) == ["kept"])
    }

    @Test("a file replaces a file or a link, durably or not, and leaves nothing else", arguments: [true, false])
    func replacing(durable: Bool) throws {
        let path = folder.path + "/file"
        for text in ["first", "second", "third"] {
            try Files.write(Array(text.utf8), to: path, mode: 0o640, durable: durable)
            #expect(try Files.read(path) == Array(text.utf8))
        }
        let link = folder.path + "/link"
        symlink("file", link)
        try Files.write(Array("own".utf8), to: link, durable: durable)
        #expect(Files.linkTarget(link) == nil)
        #expect(try Files.read(path) == Array("third".utf8))
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["file", "link"])
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    }

    @Test("a folder is not replaced by a file, and stays as it was", arguments: [true, false])
    func replacingFolders(durable: Bool) throws {
        let inner = folder.path + "/inner"
        #expect(mkdir(inner, 0o700) == 0)
        try Files.write([1], to: inner + "/file")
        #expect(throws: VMError.self) { try Files.write([2], to: inner, durable: durable) }
        #expect(try Files.read(inner + "/file") == [1])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["inner"])
    }

    @Test("a lock has one holder, and goes with it")
    func locks() throws {
        let path = folder.path + "/lock"
        #expect(!FileLock.isHeld(path))
        let holder = try FileLock.take(path)
        #expect(FileLock.isHeld(path))
        #expect(try !canTake(path))
        _ = consume holder
        #expect(!FileLock.isHeld(path))
        #expect(try canTake(path))
    }

    private func canTake(_ path: String) throws -> Bool {
        guard let lock = try FileLock.take(path) else { return false }
        return lock.descriptor.raw >= 0
    }

    @Test("folders follow XDG for a user and the file hierarchy standard for root")
    func userPaths() throws {
        let user = try UserPaths(user: 7, runtimeBaseExists: true) {
            ["HOME": "/h", "XDG_CONFIG_HOME": "not/absolute"][$0]
        }
        #expect(user.domains == "/h/.config/vmctl/domains")
        #expect(user.logs == "/h/.local/state/vmctl/log")
        #expect(user.runtime == "/run/user/7/vmctl")
        let root = try UserPaths(user: 0, runtimeBaseExists: false) { _ in nil }
        #expect(root.domains == "/etc/vmctl/domains" && root.runtime == "/run/vmctl")
        let session = try UserPaths(user: 0, isSession: true, runtimeBaseExists: true, home: { "/root" }) { _ in nil }
        #expect(session.domains == "/root/.config/vmctl/domains" && session.runtime == "/run/user/0/vmctl")
    }

    @Test("no place is guessed in a folder that all users share")
    func noSharedPlaces() throws {
        let noRuntime = #expect(throws: VMError.self) {
            try UserPaths(user: 7, runtimeBaseExists: false) { ["HOME": "/h"][$0] }
        }
        #expect(noRuntime?.firstRemedy?.text.contains("enable-linger") == true)
        #expect(noRuntime?.firstRemedy?.text.contains("VMCTL_HOME") == true)
        let noHome = #expect(throws: VMError.self) {
            try UserPaths(user: 7, runtimeBaseExists: true) { _ in nil }
        }
        #expect(noHome?.message.contains("HOME") == true)
        let fromPasswd = try UserPaths(user: 7, runtimeBaseExists: true, home: { "/home/seven" }) { _ in nil }
        #expect(fromPasswd.domains == "/home/seven/.config/vmctl/domains")
        let own = try UserPaths(user: 7, runtimeBaseExists: false) { ["VMCTL_HOME": "/v"][$0] }
        #expect(own.runtime == "/v/run")
    }
}
