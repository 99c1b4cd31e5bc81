import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager

/// What is in the way of a start, said before anything is started.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct PreflightTests {
    private func disk(_ path: String, _ format: String = "raw", _ more: String = "") -> String {
        "<devices><disk type='file' device='disk'><driver name='qemu' type='\(format)'/><source file='\(path)'/>"
            + "<target dev='hda' bus='ide'/>\(more)</disk></devices>"
    }

    private func failure(_ body: String) throws -> VMError? {
        let bench = try Bench()
        try bench.define("m", body)
        let error = #expect(throws: VMError.self) { try bench.manager.start("m") }
        #expect(try bench.manager.status("m").state == .shutOff)
        return error
    }

    @Test("a missing image is named, with the folder that isn't there or the name that is near")
    func missingImage() throws {
        let nowhere = try failure(disk("/nowhere/at/all.qcow2"))
        #expect(nowhere?.message == "Cannot access storage file '/nowhere/at/all.qcow2': No such file or directory")
        #expect(nowhere?.remedy == "the folder '/nowhere' does not exist")
        let folder = try #require(mkdtemp(strdup("/tmp/vmctl-preflight-XXXXXX")).map { String(cString: $0) })
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Files.write([0], to: folder + "/debian.img")
        #expect(try failure(disk(folder + "/debain.img"))?.remedy == "did you mean '\(folder)/debian.img'?")
        #expect(try failure(disk(folder))?.message == "Cannot access storage file '\(folder)': it is a folder")
        #expect(
            try failure(disk(folder + "/debian.img", "qcow2"))?.message
                == "image '\(folder)/debian.img' is not in qcow2 format")
    }

    @Test("all causes are told at once")
    func allCauses() throws {
        let error = try failure(
            "<os><type>hvm</type><kernel>/nowhere/vmlinuz</kernel><initrd>/nowhere/initrd</initrd></os>"
                + disk("/nowhere/disk"))
        #expect(error?.message.hasPrefix("3 things are in the way: Cannot access storage file '/nowhere/disk'") == true)
    }

    @Test("an image in use by another machine: that one is named")
    func imageInUse() throws {
        let image = "/tmp/vmctl-image-\(Foundation.UUID())"
        try Files.write([UInt8](repeating: 0, count: 1 << 20), to: image)
        defer { unlink(image) }
        let bench = try Bench { Bench.pc($0, ["-drive", "file=\(image),format=raw,if=ide"]) }
        try bench.define("first", disk(image))
        try bench.define("second", disk(image))
        let pid = try #require(bench.manager.start("first", paused: true).qemu?.pid)
        let error = #expect(throws: VMError.self) { try bench.manager.start("second") }
        #expect(error?.code == .busy)
        #expect(error?.message == "image '\(image)' is in use by domain 'first' (process \(pid))")
        try bench.manager.destroy("first")
        #expect(try bench.manager.start("second", paused: true).state == .paused)
    }

    @Test("a VNC port that is taken is named")
    func portTaken() throws {
        let listener = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let port = Socket.port(of: listener.raw)
        let error = try failure("<devices><graphics type='vnc' port='\(port)' autoport='no'/></devices>")
        #expect(error?.message.hasPrefix("VNC port \(port) on 127.0.0.1 is taken by process \(getpid()) (") == true)
        #expect(error?.code == .busy)
    }
}
