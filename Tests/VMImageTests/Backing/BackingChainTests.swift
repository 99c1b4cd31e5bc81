import Foundation
import Testing
import VMCore
import VMImage

@Suite("The images on which one builds", .enabled(if: ImageFolder.hasQEMUImg, "needs qemu-img"))
struct BackingChainTests {
    private let folder: ImageFolder
    init() throws { folder = try ImageFolder() }

    private func messages(_ chain: BackingChain) -> [String] { chain.problems.map(\.error.message) }

    @Test("relative and absolute paths, and descriptions, down to one that is raw")
    func followed() throws {
        try folder.create("raw.img", "raw")
        try folder.overlay("a", on: "raw.img", "raw")
        try folder.overlay("b", on: folder["a"])
        try folder.overlay("c", on: "file:" + folder["b"])
        try folder.overlay("d", on: #"json:{"driver":"qcow2","file":{"driver":"file","filename":"\#(folder["c"])"}}"#)
        let chain = BackingChain(folder["d"], format: .qcow2)
        #expect(messages(chain) == [])
        #expect(chain.images == ["c", "b", "a", "raw.img"].map { folder[$0] })
        #expect(chain.links.map(\.format) == ["qcow2", "qcow2", "qcow2", "raw"])
        #expect(chain.links.map(\.upper) == ["d", "c", "b", "a"].map { folder[$0] })
        #expect(chain.links.last?.reference == .relativePath("raw.img"))
        // To start on it is another matter: an image must not describe what QEMU opens.
        #expect(chain.obstacles.count == 1)
        #expect(BackingChain(folder["c"], format: .qcow2).obstacles.isEmpty)
    }

    @Test("a VMware image keeps its data in files that are named after it, and in no others")
    func extents() throws {
        try folder.create("victim.img", "raw")
        try folder.create("own-flat.vmdk", "raw")
        func describe(_ name: String, _ extent: String) throws {
            let text = """
                # Disk DescriptorFile
                version=1
                CID=fffffffe
                parentCID=ffffffff
                createType="monolithicFlat"
                RW 2048 FLAT "\(extent)" 0

                """
            try Files.write(Array(text.utf8), to: folder[name], durable: false)
        }
        try describe("own.vmdk", "own-flat.vmdk")
        #expect(BackingChain(folder["own.vmdk"], format: .vmdk).obstacles.isEmpty)
        #expect(ImageFile.extents(ofVMDK: folder["own.vmdk"]) == [folder["own-flat.vmdk"]])
        for foreign in ["victim.img", folder["own-flat.vmdk"], "../own-flat.vmdk", "own.vmdk"] {
            try describe("own.vmdk", foreign)
            #expect(ImageFile.extents(ofVMDK: folder["own.vmdk"]) == [])
            let found = BackingChain(folder["own.vmdk"], format: .vmdk).obstacles.map(\.error.message)
            #expect(found.contains { $0.contains("isn't named after it") }, "\(foreign): \(found)")
        }
        // A link could lead anywhere.
        symlink(folder["victim.img"], folder["own-s001.vmdk"])
        try describe("own.vmdk", "own-s001.vmdk")
        #expect(ImageFile.extents(ofVMDK: folder["own.vmdk"]) == [])
    }

    @Test("what is declared raw isn't opened, whatever it looks like")
    func rawEnds() throws {
        try folder.create("secret", "raw")
        try folder.overlay("guest", on: "secret")
        try folder.overlay("top", on: "guest", "raw")
        let chain = BackingChain(folder["top"], format: .qcow2)
        #expect(chain.images == [folder["guest"]] && messages(chain) == [])
        #expect(BackingChain(folder["top"], format: .raw).images.isEmpty)
        #expect(BackingChain(folder["secret"]).images.isEmpty)
    }

    @Test("a format that is not declared is a problem, and the chain goes on")
    func undeclared() throws {
        try folder.create("base", "qcow2")
        try folder.overlay("middle", on: "base")
        try folder.overlay("top", on: "middle", nil)
        let chain = BackingChain(folder["top"])
        #expect(
            messages(chain) == [
                "the format of the backing image '\(folder["middle"])' of image '\(folder["top"])' is not declared"
            ])
        #expect(
            chain.problems.first?.error.remedy?.text
                == "write it into the image: qemu-img rebase -u -b 'middle' -F FORMAT '\(folder["top"])'")
        #expect(chain.images == [folder["middle"], folder["base"]])
        #expect(chain.links.first?.format == nil)
    }

    @Test("old formats that can't declare the format are followed without a complaint")
    func oldFormats() throws {
        try folder.create("base", "qcow2")
        try folder.create("qcow", "qcow", ["-b", "base", "-F", "qcow2"])
        try folder.create("qed", "qed", ["-b", "qcow", "-F", "qcow"])
        try folder.overlay("top", on: "qed", "qed")
        let chain = BackingChain(folder["top"])
        #expect(messages(chain) == [])
        #expect(chain.images == ["qed", "qcow", "base"].map { folder[$0] })
    }

    @Test("an image in another format than the declared one ends it")
    func wrongFormat() throws {
        try folder.create("base", "vdi")
        try folder.overlay("top", on: "base")
        let chain = BackingChain(folder["top"])
        #expect(
            messages(chain) == [
                "the backing image '\(folder["base"])' of image '\(folder["top"])' is not in qcow2 format"
            ])
        #expect(
            chain.problems.first?.error.remedy?.text
                == "it is in vdi format: qemu-img rebase -u -b 'base' -F vdi '\(folder["top"])'")
    }

    @Test("what is no local file ends it", arguments: ["nbd:localhost:10809", "nbd+unix:///x?socket=/s", "rbd:p/i"])
    func remote(_ name: String) throws {
        try folder.overlay("top", on: name, "raw")
        let chain = BackingChain(folder["top"])
        #expect(chain.links.map(\.name) == [name])
        #expect(
            chain.links.first?.path == nil && chain.images.isEmpty
                && messages(chain) == ["image '\(folder["top"])' builds on '\(name)', which is no file of this host"])
    }

    @Test("a chain that comes back to one of its images, be it under another name")
    func loop() throws {
        try folder.overlay("a", on: "link")
        try folder.overlay("b", on: "a")
        #expect(symlink("b", folder["link"]) == 0)
        let chain = BackingChain(folder["b"])
        #expect(messages(chain) == ["the backing chain of image '\(folder["b"])' comes back to '\(folder["link"])'"])
        #expect(chain.images == [folder["a"], folder["link"]])
        try folder.overlay("self", on: "./self")
        #expect(BackingChain(folder["self"]).problems.count == 1)
    }

    @Test("a relative path counts from the folder of the link, not from that of its target")
    func links() throws {
        #expect(mkdir(folder["other"], 0o700) == 0)
        try folder.create("base", "qcow2")
        try folder.overlay("top", on: "base")
        #expect(symlink("../top", folder["other/top"]) == 0)
        let chain = BackingChain(folder["other/top"])
        #expect(
            messages(chain) == [
                "Cannot access backing file of '\(folder["other/top"])', '\(folder["other/base"])': No such file or directory"
            ])
        #expect(chain.images.isEmpty && chain.links.first?.path == folder["other/base"])
    }

    @Test("a chain longer than the limit says so, and one as long as it doesn't")
    func limit() throws {
        try folder.create("i0", "qcow2")
        for number in 1...6 { try folder.overlay("i\(number)", on: "i\(number - 1)") }
        let short = BackingChain(folder["i6"], limit: 5)
        #expect(messages(short) == ["the backing chain of image '\(folder["i6"])' is longer than 5 images"])
        #expect(short.images.count == 5)
        let whole = BackingChain(folder["i6"], limit: 6)
        #expect(messages(whole) == [] && whole.images.count == 6)
        #expect(BackingChain.limit == 200)
    }

    @Test("a folder and a FIFO below, and a damaged header")
    func unreadable() throws {
        #expect(mkdir(folder["d"], 0o700) == 0)
        #expect(mkfifo(folder["f"], 0o600) == 0)
        try folder.overlay("top", on: "d")
        #expect(messages(BackingChain(folder["top"])) == ["cannot read image '\(folder["d"])': it is a folder"])
        try folder.overlay("top", on: "f")
        #expect(messages(BackingChain(folder["top"])) == ["cannot read image '\(folder["f"])': it is a FIFO"])
        let damaged = MemoryImage(try Files.read(folder["top"])).with(.max, 8, at: 8)
        try folder.file("top", damaged.content)
        #expect(
            messages(BackingChain(folder["top"], format: .qcow2)) == [
                "image '\(folder["top"])' is damaged: its backing file's name is outside the header"
            ])
        #expect(
            messages(BackingChain(folder["none"])) == ["cannot read '\(folder["none"])': No such file or directory"])
    }

    @Test("who follows it can say in their own words what is in the way")
    func obstacle() throws {
        try folder.create("base", "qcow2")
        try folder.overlay("top", on: "base")
        let chain = BackingChain(folder["top"]) { path, upper in VMError(.io, "\(path) of \(upper)") }
        #expect(messages(chain) == ["\(folder["base"]) of \(folder["top"])"])
    }
}
