internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `setmem NAME SIZE`.
    static var setmem: Verb {
        Verb(
            "setmem", group: .devices, "change memory allocation",
            parameters: [
                .domain(), .argument("size", "number", "new memory size, as scaled integer (default KiB)"),
            ] + .scope + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            try manager.setMemory(
                key, bytes: try invocation.size("size", unit: 1024), scope: invocation.scope(standard: .live),
                timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `setmaxmem NAME SIZE`.
    static var setmaxmem: Verb {
        Verb(
            "setmaxmem", group: .devices, "change maximum memory limit",
            parameters: [
                .domain(), .argument("size", "number", "new maximum memory size, as scaled integer (default KiB)"),
            ] + .scope,
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            do throws(VMError) {
                try manager.setMaximumMemory(
                    key, bytes: try invocation.size("size", unit: 1024),
                    scope: invocation.scope(standard: .current))
            } catch {
                throw error.code == .usage ? error : error.wrapped("Unable to change MaxMemorySize")
            }
            return .silent(key)
        }
    }

    /// `setvcpus NAME COUNT`.
    static var setvcpus: Verb {
        Verb(
            "setvcpus", group: .devices, "change number of virtual CPUs",
            details: "A running machine gives back only those that it got while it ran, when its guest agrees.",
            parameters: [
                .domain(), .argument("count", "number", "number of virtual CPUs"),
                .flag("maximum", "set maximum limit on next boot"),
                .flag("guest", "modify cpu state in the guest"),
            ] + .scope + [.timeout],
            exclusive: .scope + [["guest", "maximum"], ["guest", "config"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            guard let count = try invocation.number("count"), count > 0 else {
                throw VMError(.usage, "Invalid value for number of virtual CPUs")
            }
            if invocation.flag("guest") {
                try manager.setGuestProcessors(key, count: count, timeout: try invocation.agentPatience())
                return .silent(key)
            }
            try manager.setProcessors(
                key, count: count, maximum: invocation.flag("maximum"), scope: invocation.scope(standard: .live),
                timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `domblkthreshold NAME DEV THRESHOLD`.
    static var domblkthreshold: Verb {
        Verb(
            "domblkthreshold", group: .devices, "set the threshold for block-threshold event",
            details: """
                When the disk's image grows past it, QEMU sends BLOCK_WRITE_THRESHOLD once: see 'vmctl events'.
                0 forgets it.
                """,
            parameters: [
                .domain(.running), .argument("dev", "string", "device to set threshold for", completion: .disk),
                .argument("threshold", "number", "threshold as a scaled number (by default bytes)"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            try manager.setWriteThreshold(
                key, disk: try invocation.required("dev"), bytes: try invocation.size("threshold", unit: 1),
                timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `blockresize NAME PATH SIZE`.
    static var blockresize: Verb {
        Verb(
            "blockresize", group: .devices, "resize block device of domain",
            details: """
                A bare size counts KiB, as in virsh. A size below the present one is refused unless --shrink is given: what
                is behind it is lost, whatever the guest has there.
                """,
            parameters: [
                .domain(.running),
                .argument("path", "string", "fully-qualified path or target of block device", completion: .disk),
                .argument("size", "number", "new size of the block device, as scaled integer (default KiB)"),
                .flag("shrink", "allow a smaller size; the data behind it is lost"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let path = try invocation.required("path")
            do throws(VMError) {
                try manager.resizeBlock(
                    key, disk: path, bytes: try invocation.size("size", unit: 1024),
                    mayShrink: invocation.flag("shrink"), timeout: try invocation.patience())
            } catch {
                throw error.code == .usage ? error : error.wrapped("Failed to resize block device '\(path)'")
            }
            return .done("Block device '\(path)' is resized", key, ["path": path])
        }
    }

    /// `blkdeviotune NAME DEVICE [limits]`.
    static var blkdeviotune: Verb {
        Verb(
            "blkdeviotune", group: .devices, "set or query a block device I/O tuning parameters",
            details: "Without a limit it prints those that there are. A limit of 0 is none.",
            parameters: [.domain(), .argument("device", "string", "block device", completion: .disk)] + limitOptions
                + [.option("group-name", "string", "group name to share I/O quota between multiple drives")] + .scope
                + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.blockLimits()
        }
    }

    private static var limitOptions: [Parameter] {
        IOTune.parameters.map { parameter in
            let name = parameter.name.split(separator: "_").joined(separator: "-")
            return Parameter.option(name, "number", limitHelp(parameter.name))
        }
    }

    private static func limitHelp(_ name: String) -> String {
        let what =
            name.hasPrefix("total") ? "total" : name.hasPrefix("read") ? "read" : name.hasPrefix("write") ? "write" : ""
        if name == "size_iops_sec" { return "I/O size in bytes" }
        if name.hasSuffix("_length") { return "duration in seconds to allow \(what) max" }
        if name.contains("iops") {
            return "\(what) I/O operations \(name.hasSuffix("max") ? "max" : "limit per second")"
        }
        return "\(what) \(name.hasSuffix("max") ? "max" : "throughput limit"), as scaled integer (default bytes)"
    }

    /// `set-display-password NAME PASSWORD`.
    static var setDisplayPassword: Verb {
        Verb(
            "set-display-password", group: .devices, "set the password of a running machine's display",
            details: """
                Beyond virsh. The display must have been given a password at the start: <graphics passwd='…'/>. A
                dash reads it from standard input, which others can't see in the list of processes.
                """,
            parameters: [
                .domain(.running), .argument("password", "string", "the new password; - for standard input"),
                .option("type", "string", "vnc or spice", completion: .words(["vnc", "spice"])),
                .option("valid-to", "time", "until when it holds: never, now, or 2027-01-01T00:00:00 in UTC"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let password = try invocation.secret("password")
            let type = try invocation.word("type", among: ["vnc", "spice"]) ?? "vnc"
            try manager.setDisplayPassword(
                key, password, type: type == "spice" ? .spice : .vnc, validTo: invocation.value("valid-to"),
                timeout: try invocation.patience())
            return .done("Password set successfully for the \(type) display of '\(key)'", key)
        }
    }
}

extension Report {
    /// For verbs that have nothing to say to people when all is well.
    static func silent(_ domain: String) -> Report {
        Report(.raw(""), value: ["name": .string(domain)], names: [domain])
    }
}

extension Invocation {
    /// A value that may also come as the first line of standard input, which others can't see in the list of processes.
    func secret(_ name: String) throws(VMError) -> String {
        let word = try required(name)
        guard word == "-" else { return word }
        return String(decoding: try InputFile(name: "-").read().prefix { $0 != 0x0a }, as: UTF8.self)
    }

    fileprivate func blockLimits() throws(VMError) -> Report {
        let (manager, key) = try managerAndDomain()
        let disk = try required("device")
        let onlyConfig = flag("config") && !flag("live")
        var limits: IOTune
        do throws(VMError) {
            limits = try manager.blockLimits(key, disk: disk, config: onlyConfig)
        } catch {
            throw error.code == .noDomain ? error : error.wrapped("Unable to get block I/O throttle parameters")
        }
        var isChange = false
        for (name, path) in IOTune.parameters {
            let option = name.split(separator: "_").joined(separator: "-")
            guard has(option) else { continue }
            isChange = true
            limits[keyPath: path] = try size(option, unit: 1)
        }
        if let group = value("group-name") {
            isChange = true
            limits.groupName = group
        }
        if isChange {
            // A whole limit takes the place of its parts, and the other way round.
            do throws(VMError) {
                try manager.setBlockLimits(
                    key, disk: disk, limits, scope: scope(standard: .current), timeout: try patience())
            } catch {
                throw error.wrapped("Unable to change block I/O throttle")
            }
            return .silent(key)
        }
        var text = ""
        var value: JSONObject = [:]
        func line(_ name: String, _ shown: String) { text += name.padded(to: 15) + ": " + shown + "\n" }
        for (name, path) in IOTune.parameters {
            if name == "total_bytes_sec_max_length" {
                line("group_name", limits.groupName ?? "")
                value["group_name"] = .string(limits.groupName ?? "")
            }
            let number = limits[keyPath: path] ?? 0
            line(name, "\(number)")
            value[name] = JSONValue(number)
        }
        return Report(.raw(text), value: .object(value), names: [key])
    }
}

extension String {
    /// Blanks behind it up to a width.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
