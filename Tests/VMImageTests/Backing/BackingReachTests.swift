import Foundation
import Testing
import VMCore
import VMImage

@Suite("Where an image's header may lead", .enabled(if: ImageFolder.hasQEMUImg, "needs qemu-img"))
struct BackingReachTests {
    private let folder: ImageFolder

    init() throws {
        folder = try ImageFolder()
        for name in ["pool", "pool/base", "pool/.keys", "other"] {
            mkdir(folder[name], 0o755)
        }
        for name in ["pool/near", "pool/base/below", "pool/.keys/id", "pool/.hidden", "other/secret", "other/public"] {
            try folder.create(name, "raw")
            chmod(folder[name], name == "other/public" ? 0o644 : 0o600)
        }
    }

    private func refused(_ name: String, _ reach: BackingReach = .nearby) throws -> [String] {
        try folder.overlay("pool/top", on: name, "raw")
        let chain = BackingChain(folder["pool/top"], format: .qcow2, reach: reach)
        #expect(chain.images.isEmpty == !chain.obstacles.isEmpty)
        return chain.obstacles.map(\.error.message)
    }

    @Test("in the folder of the image that names it, and below", arguments: ["near", "base/below", "base/../near"])
    func near(name: String) throws { #expect(try refused(name).isEmpty) }

    @Test("nowhere else, whatever the way there, and to nothing that is hidden")
    func elsewhere() throws {
        symlink(folder["other/secret"], folder["pool/link"])
        for name in ["../other/secret", folder["other/secret"], "link", ".keys/id", ".hidden"] {
            let messages = try refused(name)
            #expect(messages.count == 1 && messages[0].contains("which lies outside of the image's folder"), "\(name)")
        }
        // An ordinary user's QEMU opens what its user may.
        #expect(try refused("../other/secret", .anywhere).isEmpty)
    }

    @Test("to what everybody may read, through folders that everybody may enter")
    func everybody() throws {
        // The folder of all is closed to others.
        #expect(try !refused(folder["other/public"]).isEmpty)
        chmod(folder.path, 0o755)
        #expect(try refused(folder["other/public"]).isEmpty)
        #expect(try !refused(folder["other/secret"]).isEmpty)
        chmod(folder["other"], 0o750)
        #expect(try !refused(folder["other/public"]).isEmpty)
    }

    @Test("an image's folder is also that in which a link to it lies")
    func links() throws {
        try folder.create("other/base", "raw")
        chmod(folder["other/base"], 0o600)
        try folder.overlay("other/top", on: folder["other/base"], "raw")
        symlink("../other/top", folder["pool/linked"])
        #expect(BackingChain(folder["pool/linked"], format: .qcow2, reach: .nearby).images == [folder["other/base"]])
    }
}
