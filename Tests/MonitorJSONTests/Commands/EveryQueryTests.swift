import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// Every question that QEMU answers without arguments, each answer held against the type that the schema declares.
@Suite(
    "Every query without arguments", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"),
    .timeLimit(.minutes(40)))
struct EveryQueryTests {
    private func soon() -> Deadline { .after(.seconds(30)) }

    /// How many there are, by the major version: 7.2 and 10.0 of Debian.
    private static let expected = [7: 69, 10: 72]

    private func machine(_ build: TemporaryQEMU.Build) throws -> TemporaryQEMU {
        try TemporaryQEMU(
            build,
            arguments: [
                "-machine", "q35,accel=tcg", "-m", "64,slots=2,maxmem=1G", "-smp", "1,maxcpus=2", "-S", "-vnc", "none",
                "-device", "virtio-scsi-pci,id=scsi0", "-blockdev", "driver=null-co,node-name=medium,size=1048576",
                "-device", "scsi-cd,bus=scsi0.0,id=cd0,drive=medium", "-device", "virtio-balloon-pci", "-object",
                "iothread,id=io0", "-object", "memory-backend-ram,id=mem0,size=16M", "-device",
                "pc-dimm,id=dimm0,memdev=mem0", "-device", "VGA", "-chardev", "pty,id=serial0",
            ])
    }

    @Test("Each is answered, each answer is of the declared type", arguments: TemporaryQEMU.builds)
    func every(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        let schema = try monitor.execute(QuerySchema(), deadline: soon())
        let queries = schema.commands.keys.sorted().filter { name in
            name.contains("query-") && schema.arguments(of: name)?.members.allSatisfy(\.isOptional) == true
        }
        var refused: [String] = []
        for query in queries {
            try schema.check(query, [:])
            let type = try #require(schema.commands[query]).returnType
            switch try monitor.attempt(query, deadline: soon()) {
            case .success(let value):
                #expect(schema.fault(in: value, of: type, at: query) == nil)
            case .failure(let error):
                #expect(error.errorClass == .generic)
                refused.append(query)
            }
        }
        // Not every machine has what some ask about: SEV, SGX, replay, a running dump.
        print("\(build): \(queries.count) queries, \(queries.count - refused.count) decoded, refused: \(refused)")
        #expect(refused.count < queries.count / 4)
        if let major = monitor.greeting?.version.major, let count = Self.expected[major] {
            #expect(queries.count == count)
        }
        #expect(monitor.lastNoise == nil && monitor.closeReason == nil)
    }
}

extension Schema {
    /// What in a value is not of the type, with the way to it; nil when all is.
    fileprivate func fault(in value: JSONValue, of type: String, at path: String) -> String? {
        switch self.type(type) {
        case .builtin(let kind): return matches(value, kind) ? nil : "\(path) is a \(value.kind), not a \(kind)"
        case .enumeration(let words):
            return words.contains { $0.name == value.string } ? nil : "\(path) has the unknown word \(value)"
        case .array(let element):
            guard let values = value.array else { return "\(path) is no array" }
            for (index, inner) in values.enumerated() {
                if let fault = fault(in: inner, of: element, at: "\(path)[\(index)]") { return fault }
            }
            return nil
        case .object:
            guard let object = value.object else { return "\(path) is no object" }
            return fault(in: object, of: type, at: path)
        case .alternate(let branches):
            let faults = branches.map { fault(in: value, of: $0, at: path) }
            return faults.contains { $0 == nil } ? nil : faults.first ?? nil
        case nil: return "\(path) has a type that isn't there"
        }
    }

    private func matches(_ value: JSONValue, _ kind: String) -> Bool {
        switch kind {
        case "value": true
        case "number": value.double != nil
        case "int": value.kind == "integer"
        default: value.kind == kind
        }
    }

    private func fault(in object: JSONObject, of type: String, at path: String) -> String? {
        var members: [Member] = []
        var next: String? = type
        while let name = next, case .object(let shape)? = self.type(name) {
            members += shape.members
            next = shape.tag.flatMap { object[$0]?.string }.flatMap { shape.variants[$0] }
        }
        for member in members {
            guard let value = object[member.name] else {
                if member.isOptional { continue }
                return "\(path) has no member '\(member.name)'"
            }
            if let fault = fault(in: value, of: member.type, at: "\(path).\(member.name)") { return fault }
        }
        return object.keys.first { key in !members.contains { $0.name == key } }.map { "\(path) has a member '\($0)'" }
    }
}
