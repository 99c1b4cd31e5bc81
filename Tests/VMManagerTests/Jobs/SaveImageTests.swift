import Foundation
import Testing
import VMCore

@testable import SupervisorProtocol
@testable import VMManager

@Suite("Files of saved machines")
struct SaveImageTests {
    private final class File {
        let path = NSTemporaryDirectory() + "vmctl-save-\(UInt32.random(in: 0 ... .max))"
        init(_ image: SaveImage, stream: [UInt8]) throws {
            try Data(image.head(isWhole: false) + stream).write(to: URL(fileURLWithPath: path + ".part"))
            try SaveImage.complete(path + ".part", as: path, image)
        }
        deinit { for name in [path, path + ".part"] { try? FileManager.default.removeItem(atPath: name) } }

        func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
        func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
        func message() -> String? {
            do throws(VMError) {
                _ = try SaveImage.read(path)
                return nil
            } catch {
                return error.message
            }
        }
    }

    private func file(_ resume: SaveImage.Resume = .paused, stream: Int = 1000) throws -> File {
        try File(
            SaveImage(resume: resume, xml: Array("<domain/>".utf8)), stream: [UInt8](repeating: 7, count: stream))
    }

    @Test(
        "What was saved is read as it was; the stream begins at a whole page",
        arguments: [SaveImage.Resume.running, .paused])
    func roundTrip(resume: SaveImage.Resume) throws {
        for length in [0, 1, 4031, 4032, 4033, 9000] {
            let xml = [UInt8](repeating: 0x20, count: length)
            let saved = try File(SaveImage(resume: resume, xml: xml), stream: [1, 2, 3])
            let image = try SaveImage.read(saved.path)
            #expect(image.resume == resume && image.xml == xml && image.streamLength == 3)
            #expect(
                image.offset % 4096 == 0 && image.offset >= UInt64(64 + length)
                    && image.offset < UInt64(64 + length + 4096))
            #expect(try saved.bytes().suffix(3) == [1, 2, 3])
        }
    }

    @Test("A file that was cut short or has grown isn't restored", arguments: [-1000, -999, -1, 1, 4096])
    func length(change: Int) throws {
        let saved = try file()
        let bytes = try saved.bytes()
        try saved.write(change < 0 ? bytes.dropLast(-change) : bytes + [UInt8](repeating: 0, count: change))
        #expect(saved.message() == "the saved machine '\(saved.path)' is damaged: it was cut short or has grown")
    }

    @Test("Damage anywhere in front of the stream is found")
    func damage() throws {
        let saved = try file()
        let bytes = try saved.bytes()
        // Magic, version, wholeness, lengths, sum, XML; what follows the marks is kept for later versions.
        for place in [0, 7, 8, 12, 18, 24, 32, 48, 55, 64, 72] {
            var broken = bytes
            broken[place] ^= 0x40
            try saved.write(broken)
            #expect(saved.message() != nil, "byte \(place)")
        }
        try saved.write(bytes)
        #expect(saved.message() == nil)
        try saved.write([])
        #expect(saved.message()?.contains("is no saved machine") == true)
    }

    @Test("A save into which nothing was written doesn't become a file")
    func empty() throws {
        let image = SaveImage(resume: .running, xml: [])
        let error = #expect(throws: VMError.self) { try File(image, stream: []) }
        #expect(error?.message.hasPrefix("QEMU wrote nothing into") == true)
    }

    @Test("Another document in the file leaves the stream as it is")
    func rewriting() throws {
        let saved = try file(.running)
        let longer = [UInt8](repeating: 0x20, count: 10_000)
        try SaveImage.rewrite(saved.path) { image throws(VMError) in
            image.xml = longer
            image.resume = .paused
        }
        let image = try SaveImage.read(saved.path)
        #expect(image.xml == longer && image.resume == .paused && image.streamLength == 1000)
        #expect(try saved.bytes().suffix(1000) == [UInt8](repeating: 7, count: 1000)[...])
    }

    @Test("Restored it runs or stays stopped as the file says, unless the caller says otherwise")
    func paused() throws {
        let xml = Array("<domain type='qemu'><name>x</name></domain>".utf8)
        for (resume, wish, isPaused) in [
            (SaveImage.Resume.running, Bool?.none, false), (.paused, nil, true), (.running, true, true),
            (.paused, false, false),
        ] {
            let saved = try File(SaveImage(resume: resume, xml: xml), stream: [1])
            var plan = SupervisorPlan(
                name: "x", uuid: .random(), id: 1, paths: UserPaths(root: "/nowhere"), log: "/l", definition: "/x",
                executable: "q", arguments: [], configuration: "", environment: [], descriptors: [],
                policy: LifeCyclePolicy(), isPaused: false, patience: 1)
            try SavedStart(saved.path, paused: wish).apply(to: &plan)
            #expect(plan.isRestored && plan.isPaused == isPaused)
            #expect(plan.managedSave == nil)
        }
    }
}
