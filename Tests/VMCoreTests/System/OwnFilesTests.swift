import Foundation
import Testing

@testable import VMCore

/// Files of our own, and what others may have put in their place.
@Suite("Files of our own", .timeLimit(.minutes(40)))
struct OwnFilesTests {
    private let folder: String

    init() throws {
        var template = Array("/tmp/vmctl-own-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private func write(_ name: String, mode: mode_t = 0o600) throws -> String {
        let path = folder + "/" + name
        try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, mode)
        return path
    }

    private func refusal(_ path: String) -> String? {
        do { _ = try OwnFiles.read(path) } catch { return error.message }
        return nil
    }

    @Test("what is ours is read, also where the user's group may write")
    func own() throws {
        defer { remove() }
        #expect(try OwnFiles.read(write("a")) == Array("hello".utf8))
        #expect(try OwnFiles.read(write("b", mode: 0o664)) == Array("hello".utf8))
    }

    @Test("links, FIFOs, folders and sockets are refused at once, and nothing is followed")
    func odd() throws {
        defer { remove() }
        let real = try write("real")
        let link = folder + "/link"
        symlink(real, link)
        #expect(refusal(link) != nil)
        mkfifo(folder + "/fifo", 0o600)
        #expect(refusal(folder + "/fifo")?.contains("a FIFO") == true)
        mkdir(folder + "/folder", 0o700)
        #expect(refusal(folder + "/folder")?.contains("a folder") == true)
        #expect(throws: VMError.self) { _ = try FileLock.take(folder + "/fifo") }
        #expect(!FileLock.isHeld(folder + "/fifo"))
        #expect(refusal(folder + "/none") != nil)
    }

    @Test("a file that everybody may write is refused, and says how to mend that")
    func writable() throws {
        defer { remove() }
        #expect(try refusal(write("open", mode: 0o606))?.contains("everybody") == true)
    }

    @Test("another user's file or folder is refused", .enabled(if: geteuid() == 0, "needs root"))
    func foreign() throws {
        defer { remove() }
        let file = try write("theirs")
        chown(file, 12345, 12345)
        #expect(refusal(file)?.contains("user 12345") == true)
        let sub = folder + "/sub"
        mkdir(sub, 0o755)
        let inside = try write("sub/mine")
        chown(sub, 12345, 12345)
        #expect(refusal(inside)?.contains("user 12345") == true)
        // A link of theirs on the way, to a folder that is ours.
        let link = folder + "/way"
        symlink("/root", link)
        lchown(link, 12345, 12345)
        #expect(refusal(link + "/x")?.contains("user 12345") == true)
    }

    @Test("a folder that others may write to is refused, unless it is sticky; one above it as well")
    func folders() throws {
        defer { remove() }
        let open = folder + "/open"
        mkdir(open, 0o700)
        _ = try write("open/file")
        chmod(open, 0o777)
        #expect(refusal(open + "/file")?.contains("other users") == true)
        mkdir(open + "/deeper", 0o700)
        #expect(refusal(open + "/deeper/none")?.contains("'\(open)'") == true)
        chmod(open, 0o1777)
        #expect(try OwnFiles.read(open + "/file") == Array("hello".utf8))
        #expect(refusal("relative/file")?.contains("isn't whole") == true)
    }

    @Test("a link of our own on the way leads where it leads")
    func links() throws {
        defer { remove() }
        mkdir(folder + "/real", 0o700)
        _ = try write("real/file")
        symlink(folder + "/real", folder + "/way")
        #expect(try OwnFiles.read(folder + "/way/file") == Array("hello".utf8))
        symlink(folder + "/loop", folder + "/loop")
        #expect(refusal(folder + "/loop/file") != nil)
    }

    @Test("what root alone can put there is told from what others can")
    func rootsAlone() throws {
        defer { remove() }
        #expect(OwnFolders.isRootsAlone("/bin/sh"))
        #expect(!OwnFolders.isRootsAlone("/nowhere"))
        let file = try write("program", mode: 0o755)
        #expect(OwnFolders.isRootsAlone(file) == (geteuid() == 0))
        chmod(folder, 0o777)
        #expect(!OwnFolders.isRootsAlone(file))
        chmod(folder, 0o700)
        if geteuid() == 0 {
            chown(file, 12345, 0)
            #expect(!OwnFolders.isRootsAlone(file))
        }
    }
}
