import Foundation
import Testing
import VMCore

@Suite struct FolderCopyTests {
    @Test("a folder of small files takes the place of another one, without locks and links")
    func folder() throws {
        let folder = try TemporaryFolder()
        let (source, target) = (folder.path + "/a", folder.path + "/below/b")
        try Folders.make(source + "/tpm2")
        try Files.write(Array("state".utf8), to: source + "/tpm2/one")
        try Files.write([], to: source + "/tpm2/.lock")
        symlink("/etc/passwd", source + "/tpm2/link")
        try Folders.make(target)
        try Files.write([1], to: target + "/old")
        try FolderCopy.copy(source, to: target)
        #expect(try Folders.list(target) == ["tpm2"])
        #expect(try Folders.list(target + "/tpm2") == ["one"])
        #expect(try Files.read(target + "/tpm2/one") == Array("state".utf8))
        FolderCopy.remove(target)
        #expect(!Files.exists(target))
    }

    @Test("one file, too; what is missing, too deep or a link is refused and leaves what was there")
    func edges() throws {
        let folder = try TemporaryFolder()
        let (source, target) = (folder.path + "/a", folder.path + "/b")
        try Files.write([1, 2], to: source)
        try FolderCopy.copy(source, to: target)
        #expect(try Files.read(target) == [1, 2])
        symlink(source, folder.path + "/link")
        #expect(throws: VMError.self) { try FolderCopy.copy(folder.path + "/link", to: target) }
        #expect(throws: VMError.self) { try FolderCopy.copy(folder.path + "/nothing", to: target) }
        try Folders.make(folder.path + "/deep/2/3/4/5")
        #expect(throws: VMError.self) { try FolderCopy.copy(folder.path + "/deep", to: target) }
        #expect(try Files.read(target) == [1, 2])
        #expect(try !Folders.list(Files.folder(of: target)).contains { $0.hasPrefix(".vmctl-copy") })
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func `A copy belongs to whom that belonged whose place it takes`() throws {
        let folder = try TemporaryFolder()
        let (source, target) = (folder.path + "/from", folder.path + "/to")
        for path in [source, target] { try Folders.make(path) }
        try Files.write([1], to: source + "/state", durable: false)
        try Files.write([2], to: target + "/older", durable: false)
        #expect(chown(target, 64_321, 64_322) == 0)
        try FolderCopy.copy(source, to: target)
        for path in [target, target + "/state"] {
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_uid == 64_321 && status.st_gid == 64_322, "\(path)")
        }
        #expect(!Files.exists(target + "/older"))
        // Something of the user's own beside it is left alone.
        try Folders.make(target + ".new")
        try FolderCopy.copy(source, to: target)
        #expect(Files.isFolder(target + ".new"))
    }
}
