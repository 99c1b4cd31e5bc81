import Foundation
import Testing
import VMJSON

@testable import VMCommands

/// One change of pools or volumes, which is interrupted at every place at which it has changed anything.
enum StorageWalk: String, CaseIterable {
    case define, start, stop, undefine, create, image, copy, wipe, take, unpack

    /// What is imported.
    static let contents = String(repeating: "contents\n", count: 1000)
    private static let sum = "354ad80a3e7d5aee732a4a319d66c53ed5a063ced26a7f2c7d8067c4cf45da2b"

    func prepare(_ program: Program, _ path: String) -> [[String]] {
        let define = ["pool-define-as", "p", "dir", "--target", path]
        let start = ["pool-start", "p", "--build"]
        switch self {
        case .define: return []
        case .start: return [define]
        case .undefine: return [define, start, ["pool-destroy", "p"]]
        case .stop, .create, .image, .take, .unpack: return [define, start]
        case .copy, .wipe: return [define, start, ["vol-create-as", "p", "one", "1M", "--allocation", "0"]]
        }
    }

    func words(_ path: String) -> [String] {
        switch self {
        case .define: ["pool-define-as", "p", "dir", "--target", path]
        case .start: ["pool-start", "p", "--build"]
        case .stop: ["pool-destroy", "p"]
        case .undefine: ["pool-undefine", "p"]
        case .create: ["vol-create-as", "p", "new", "1M"]
        case .image: ["vol-create-as", "p", "new", "1M", "--format", "qcow2"]
        case .copy: ["vol-clone", "one", "new", "--pool", "p"]
        case .wipe: ["vol-wipe", "one", "--pool", "p"]
        case .take: ["vol-import", path + ".raw", "p", "new", "--checksum", "sha256:" + Self.sum]
        case .unpack: ["vol-import", "file://" + path + ".raw.gz", "p", "new"]
        }
    }
}

@Suite(
    "kill -9 of vmctl at every change of a pool or a volume",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img"), "needs qemu-img"))
struct StorageKillTests {
    /// Pools and the sizes of volumes, as they can be seen from outside.
    private func view(_ program: Program) -> [String] {
        let pools = program.run("pool-list", "--all", "--output", "json")
        #expect(pools.status == 0, "\(pools.errors)")
        let volumes = program.run("vol-list", "p", "--details", "--output", "json")
        return (pools.json.array ?? []).map { "\($0["name"]?.string ?? "?") \($0["state"]?.string ?? "?")" }
            + (volumes.json.array ?? []).map { "\($0["name"]?.string ?? "?") \($0["capacity"]?.uint64 ?? 0)" }
    }

    @Test("all is as before or as after, nothing is left, and it can be done again", arguments: StorageWalk.allCases)
    func walk(_ walk: StorageWalk) throws {
        let program = Program()
        let path = program.home + "/images"
        let words = walk.words(path)
        func begin() {
            for name in ["config", "run", "images"] {
                try? FileManager.default.removeItem(atPath: program.home + "/" + name)
            }
            for step in walk.prepare(program, path) {
                let result = program.run(step)
                #expect(result.status == 0, "\(step): \(result.errors)")
            }
        }
        try StorageWalk.contents.write(toFile: path + ".raw", atomically: true, encoding: .utf8)
        let packer = try Process.run(URL(fileURLWithPath: "/bin/gzip"), arguments: ["-k", path + ".raw"])
        packer.waitUntilExit()
        begin()
        let before = view(program)
        #expect(program.run(words).status == 0)
        let after = view(program)
        var places = 0
        while places < 200 {
            begin()
            let killed = program.run(words, environment: ["VMCTL_FAILPOINT": "#\(places + 1)"])
            if killed.status == 0 { break }
            try #require(killed.status == SIGKILL, "\(killed.errors)")
            places += 1
            let seen = view(program)
            // A wipe empties the file and gives it its size back; in between it is short and as empty.
            if walk == .wipe { continue }
            #expect(seen == before || seen == after, "place \(places): \(seen)")
            if seen == before { #expect(program.run(words).status == 0, "place \(places)") }
            #expect(view(program) == after, "place \(places)")
            let left = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            if [.create, .image, .copy, .take, .unpack].contains(walk), seen == before {
                #expect(!left.contains { $0.hasPrefix(".vmctl") }, "place \(places): \(left)")
            }
            if program.run("pool-refresh", "p").status == 0 {
                let left = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
                #expect(!left.contains { $0.hasPrefix(".vmctl") }, "place \(places): \(left)")
            }
        }
        #expect(places > 0)
    }
}
