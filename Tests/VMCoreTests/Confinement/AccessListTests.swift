import Foundation
import Testing

@testable import VMCore

@Suite("Access control lists")
struct AccessListTests {
    private let ann = HostUser(name: "ann", id: 4001, group: 4001, groups: [4009])

    @Test("a mode is a list of three; what is given by name adds a mask, and leaves nothing when it is taken back")
    func giving() {
        let before = AccessList(mode: 0o640)
        var list = before
        #expect(list.rights(of: 4001) == nil && list.entries.count == 3)
        list.set(6, of: 4001)
        #expect(list.rights(of: 4001) == 6 && list.entries.count == 5)
        list.set(4, of: 4000)
        #expect(list.entries.map(\.id).prefix(3) == [.max, 4000, 4001])
        list.set(nil, of: 4001)
        list.set(nil, of: 4000)
        #expect(list == before)
    }

    @Test("what a user may do comes from the one entry that is for it")
    func rights() {
        var list = AccessList(mode: 0o754)
        #expect(list.rights(of: ann, owner: 4001, group: 0) == 7)
        #expect(list.rights(of: ann, owner: 0, group: 4009) == 5)
        #expect(list.rights(of: ann, owner: 0, group: 0) == 4)
        list.set(2, of: 4001)
        #expect(list.rights(of: ann, owner: 0, group: 4009) == 2)
        #expect(list.rights(of: ann, owner: 4001, group: 0) == 7)
    }

    @Test("the kernel's form, byte by byte, and back")
    func bytes() throws {
        var list = AccessList(mode: 0o600)
        list.set(6, of: 0x0102)
        let bytes: [UInt8] = [
            2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 2, 1, 0, 0, 4, 0, 0, 0, 255, 255, 255, 255,
            16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
        ]
        #expect(list.bytes == bytes)
        #expect(AccessList(bytes: bytes) == list)
        #expect(AccessList(bytes: bytes.dropLast()) == nil && AccessList(bytes: []) == nil)
        #expect(AccessList(bytes: [1] + bytes.dropFirst()) == nil)
    }

    @Test("a file has its old mode again when the last name is taken out")
    func file() throws {
        let path = NSTemporaryDirectory() + "vmctl-list-\(UInt32.random(in: 0 ... .max))"
        try Files.write([1], to: path, mode: 0o640, durable: false)
        defer { unlink(path) }
        func mode() throws -> UInt32 { try FilePlace(path).mode & 0o7777 }
        let place = try FilePlace(path)
        var list = try AccessList(of: place)
        list.set(7, of: 4001)
        try list.apply(to: place)
        #expect(try AccessList(of: place).rights(of: 4001) == 7)
        list.set(nil, of: 4001)
        try list.apply(to: place)
        #expect(try mode() == 0o640)
        #expect(try AccessList(of: place) == AccessList(mode: 0o640))
    }
}

@Suite("Trees of folders")
struct FolderTreeTests {
    private let folder = NSTemporaryDirectory() + "vmctl-tree-\(UInt32.random(in: 0 ... .max))"

    /// A tree with a link to what is beside it.
    private func make() throws -> (tree: String, beside: String) {
        let (tree, beside) = (folder + "/tree", folder + "/beside")
        try Folders.make(tree + "/deep/er")
        try Folders.make(beside)
        for path in [tree + "/file", tree + "/deep/er/file", beside + "/file"] {
            try Files.write([1], to: path, durable: false)
        }
        symlink(beside, tree + "/deep/link")
        return (tree, beside)
    }

    @Test("a tree is removed with all that is in it, and nothing that a link in it leads to")
    func remove() throws {
        defer { Folders.removeTree(folder) }
        let (tree, beside) = try make()
        Folders.removeTree(tree)
        #expect(!Files.exists(tree) && Files.exists(beside + "/file"))
        symlink(beside, tree)
        Folders.removeTree(tree)
        #expect(!Files.exists(tree) && Files.exists(beside + "/file"))
    }

    @Test("a tree is given to a user, but nothing that is elsewhere, too", .enabled(if: getuid() == 0, "needs root"))
    func give() throws {
        defer { Folders.removeTree(folder) }
        let (tree, beside) = try make()
        link(beside + "/file", tree + "/hard")
        Folders.give(tree, to: HostUser(name: "somebody", id: 4001, group: 4002))
        func owner(_ path: String) throws -> UInt32 { try FilePlace(path).owner }
        for path in ["", "/file", "/deep", "/deep/er/file"] { #expect(try owner(tree + path) == 4001) }
        for path in [beside, beside + "/file"] { #expect(try owner(path) == 0) }
    }
}
