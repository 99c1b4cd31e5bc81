import Foundation
import Testing
import VMCore
import VMImage
import VMJSON

@Suite("What qemu-img says", .enabled(if: ImageFolder.hasQEMUImg, "needs qemu-img")) struct QEMUImgTests {
    private let folder: ImageFolder
    init() throws { folder = try ImageFolder() }

    @Test("an image by any name", arguments: ["i", "a,b", "json:x", "-f", "a,driver=raw", "nbd:h:1", ",\u{301}x"])
    func names(_ name: String) throws {
        try folder.create("i", "qcow2")
        if name != "i" { try FileManager.default.moveItem(atPath: folder["i"], toPath: folder[name]) }
        let said = try QEMUImg.info(folder[name], format: .qcow2)
        #expect(said["virtual-size"]?.uint64 == 3 << 20)
        #expect(said["format"]?.string == "qcow2")
    }

    @Test("an image is opened in the given format only")
    func format() throws {
        let path = try folder.create("i", "qcow2")
        #expect(try QEMUImg.info(path, format: .raw)["format"]?.string == "raw")
        let error = #expect(throws: VMError.self) { try QEMUImg.info(path, format: .vdi) }
        #expect(error?.code == .launchFailed)
        #expect(error?.message.contains("about image '\(path)': qemu-img: Could not open") == true)
    }

    private func answer(_ script: String, _ patience: Duration = .seconds(30)) throws -> VMError? {
        let path = try folder.file("program", Array("#!/bin/sh\n\(script)\n".utf8))
        #expect(chmod(path, 0o700) == 0)
        return #expect(throws: VMError.self) {
            try QEMUImg.info("/i", format: .raw, executable: path, deadline: .after(patience))
        }
    }

    @Test("a program that says nothing, too much, nonsense, or isn't there")
    func broken() throws {
        #expect(try answer("exec sleep 1000", .milliseconds(200))?.code == .timeout)
        #expect(try answer("exec yes")?.code == .protocolViolation)
        #expect(try answer("echo '[]'")?.code == .protocolViolation)
        #expect(try answer("echo 'no'; exit 0") != nil)
        #expect(try answer("echo bad >&2; exit 3")?.message.hasSuffix("about image '/i': bad") == true)
        let missing = #expect(throws: VMError.self) {
            try QEMUImg.info("/i", format: .raw, executable: "/nowhere/qemu-img")
        }
        #expect(missing?.code == .launchFailed)
    }
}
