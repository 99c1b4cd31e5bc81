import Foundation
import TestNeeds
import Testing
import VMCore

@testable import VMImage

/// Empty images on top of others, beside those that `qemu-img create` makes.
@Suite(.needs(.qemuImg))
struct QCOW2OverlayTests {
    struct Shape: CustomTestStringConvertible, Sendable {
        var size: UInt64
        var clusterSize: UInt64 = 65536
        var testDescription: String { "\(size) bytes in clusters of \(clusterSize)" }
    }

    static let shapes: [Shape] = [
        .init(size: 512), .init(size: 1 << 20), .init(size: 1 << 29), .init(size: 1 << 29 + 512), .init(size: 3 << 40),
        .init(size: 1 << 30, clusterSize: 4096), .init(size: 5 << 20, clusterSize: 512),
        .init(size: 1 << 40, clusterSize: 2 << 20), .init(size: 8 << 40),
    ]

    private func run(_ words: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        process.arguments = words
        let pipe = Foundation.Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    /// Its facts without the file's own name and what it takes of the disk.
    private func facts(_ path: String) throws -> NSDictionary {
        let told = try run(["info", "--output=json", path]).text
        let object = try #require(try JSONSerialization.jsonObject(with: Data(told.utf8)) as? [String: Any])
        return object.filter { !["filename", "actual-size", "children"].contains($0.key) } as NSDictionary
    }

    @Test(arguments: shapes)
    func `An empty image is what qemu-img makes, sound, and can be written`(_ shape: Shape) throws {
        let folder = try ImageFolder()
        let (base, own, theirs) = (folder.path + "/base", folder.path + "/own", folder.path + "/theirs")
        #expect(try run(["create", "-q", "-f", "raw", base, "\(shape.size)"]).status == 0)
        let overlay = try #require(
            QCOW2Overlay(on: base, format: "raw", size: shape.size, clusterSize: shape.clusterSize))
        #expect(try overlay.write(to: own))
        let made = try run([
            "create", "-q", "-f", "qcow2", "-u", "-o", "compat=1.1,cluster_size=\(shape.clusterSize)", "-F", "raw",
            "-b", base,
            theirs, "\(shape.size)",
        ])
        #expect(made.status == 0, "\(made.text)")
        #expect(try facts(own) == facts(theirs))
        var status = stat()
        #expect(stat(own, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let check = try run(["check", own])
        #expect(check.status == 0 && check.text.contains("No errors were found"), "\(check.text)")
        #expect(try run(["compare", "-q", own, theirs]).status == 0)
        // Written at its end and its beginning it stays sound.
        let io = Process()
        io.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-io")
        io.arguments = ["-c", "write -P 7 0 512", "-c", "write -P 8 \(shape.size - 512) 512", own]
        io.standardOutput = FileHandle.nullDevice
        try io.run()
        io.waitUntilExit()
        #expect(io.terminationStatus == 0)
        #expect(try run(["check", own]).status == 0)
        #expect(throws: VMError.self) { try overlay.write(to: own) }
    }

    @Test
    func `What takes more than one cluster of counts, or names that are too long, is left to qemu-img`() {
        #expect(QCOW2Overlay(on: "/b", format: "raw", size: 1 << 30, clusterSize: 512) == nil)
        #expect(QCOW2Overlay(on: "/b", format: "raw", size: 0) == nil)
        #expect(QCOW2Overlay(on: "/b", format: "raw", size: 513) == nil)
        #expect(QCOW2Overlay(on: "/b", format: "raw", size: 512, clusterSize: 1000) == nil)
        #expect(QCOW2Overlay(on: "/b", format: "raw", size: 512, clusterSize: 0) == nil)
        #expect(QCOW2Overlay(on: "", format: "raw", size: 512) == nil)
        #expect(QCOW2Overlay(on: String(repeating: "b", count: 1024), format: "raw", size: 512) == nil)
        #expect(QCOW2Overlay(on: String(repeating: "b", count: 500), format: "raw", size: 512, clusterSize: 512) == nil)
        #expect(QCOW2Overlay(on: "/b", format: "raw", size: .max) == nil)
    }
}
