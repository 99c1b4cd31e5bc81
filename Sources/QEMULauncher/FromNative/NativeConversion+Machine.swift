/// The machine itself: board, CPU, memory, clock, what is booted.
extension NativeConversion {
    /// Converts an option; what no group knows is unmapped.
    mutating func convert(_ index: Int, _ option: NativeOption) {
        if let reason = Self.needless[option.name] { return ignore(option, reason) }
        if convertMachine(index, option) || convertStorage(index, option) || convertNetwork(index, option)
            || convertCharacter(index, option) || convertOther(index, option)
        {
            return
        }
        skip(index, option, "it has no counterpart in the document")
    }

    /// Options that a machine under a supervisor gets, or does without, in any case.
    private static let needless: [String: String] = [
        "qmp": "a managed machine has a monitor of its own", "qmp-pretty": "a managed machine has a monitor of its own",
        "monitor": "a managed machine has a monitor of its own", "mon": "a managed machine has a monitor of its own",
        "daemonize": "a supervisor looks after QEMU", "pidfile": "a supervisor looks after QEMU",
        "S": "'start --paused' does it", "no-shutdown": "the supervisor decides", "D": "QEMU has a log already",
        "d": "QEMU has a log already", "msg": "it is always set", "sandbox": "it is always set",
        "no-user-config": "it is always set", "nodefconfig": "it is always set", "nodefaults": "it is always set",
        "no-kvm": "the domain's type says it", "k": "graphics name their keymap",
    ]

    private mutating func convertMachine(_ index: Int, _ option: NativeOption) -> Bool {
        let value = option.value ?? ""
        switch option.name {
        case "name":
            var keys = NativeKeys(value, implied: "guest")
            if let name = keys.take("guest"), !name.isEmpty { general.name = name }
        case "uuid": general.uuid = value
        case "m", "memory": convertMemory(option)
        case "smp": convertProcessors(option)
        case "machine", "M": convertBoard(index, option)
        case "accel":
            var keys = NativeKeys(value, implied: "accel")
            useAccelerator(keys.take("accel") ?? "tcg")
        case "enable-kvm": general.domainType = "kvm"
        case "cpu": convertCPU(index, option)
        case "boot": convertBoot(option)
        case "kernel": general.kernel = absolute(value)
        case "initrd": general.initrd = absolute(value)
        case "append": general.commandLine = value
        case "dtb": general.deviceTree = absolute(value)
        case "bios":
            general.loader = .init("loader", ["type": "rom"], text: firmwarePath(value))
        case "rtc": convertClock(option)
        case "no-acpi": general.hasACPI = false
        case "no-hpet": general.timers.append(.init("timer", ["name": "hpet", "present": "no"]))
        case "no-reboot": general.onReboot = "destroy"
        case "mem-prealloc": general.allocatesMemory = true
        case "overcommit":
            var keys = NativeKeys(value)
            if keys.flag("mem-lock") == true { general.locksMemory = true }
        case "object": return convertObject(index, option)
        default: return false
        }
        return true
    }

    /// QEMU looks for firmware by name in its own folder.
    private func firmwarePath(_ name: String) -> String {
        name.contains("/") ? absolute(name) : "/usr/share/qemu/" + name
    }

    private mutating func useAccelerator(_ list: String) {
        // The first that works counts; without KVM on the host the next would.
        let first = list.split(separator: ":").first ?? "tcg"
        if first == "kvm" { general.domainType = "kvm" }
        if first == "hvf" { general.domainType = "hvf" }
    }

    // MARK: Memory and CPUs

    /// A size with a unit, in KiB; without one it counts in `unit` KiB.
    static func kibibytes(_ text: String, unit: Double = 1024) -> UInt64? {
        var digits = text[...]
        var factor = unit
        let factors: [Character: Double] = [
            "b": 1.0 / 1024, "k": 1, "m": 1024, "g": 1_048_576, "t": 1_073_741_824,
        ]
        if let last = text.lowercased().last, let known = factors[last] {
            factor = known
            digits = digits.dropLast()
        }
        guard let number = Double(digits), number >= 0, number * factor < 1e15 else { return nil }
        return UInt64(number * factor)
    }

    private mutating func convertMemory(_ option: NativeOption) {
        var keys = NativeKeys(option.value ?? "", implied: "size")
        if let size = keys.take("size").flatMap({ Self.kibibytes($0) }), size > 0 { general.memoryKiB = size }
        let slots = keys.take("slots").flatMap { Int($0) }
        if let maximum = keys.take("maxmem").flatMap({ Self.kibibytes($0) }), let slots, slots > 0 {
            general.maximumMemoryKiB = maximum
            general.memorySlots = slots
        }
        tellLeft(option, keys)
    }

    private mutating func convertProcessors(_ option: NativeOption) {
        var keys = NativeKeys(option.value ?? "", implied: "cpus")
        let count = keys.take("cpus").flatMap { Int($0) }
        let maximum = keys.take("maxcpus").flatMap { Int($0) }
        for name in ["sockets", "dies", "cores", "threads"] {
            if let number = keys.take(name).flatMap({ Int($0) }), number > 0, number < 1 << 16 {
                general.topology.append((name, number))
            }
        }
        let product = general.topology.reduce(1) { $0.multipliedReportingOverflow(by: $1.1).partialValue }
        general.processors = max(1, count ?? maximum ?? product)
        if let maximum, maximum > general.processors { general.maximumProcessors = maximum }
        tellLeft(option, keys)
    }

    private mutating func convertCPU(_ index: Int, _ option: NativeOption) {
        var parts = (option.value ?? "").split(separator: ",").map(String.init)
        guard !parts.isEmpty else { return }
        let model = parts.removeFirst()
        switch model {
        case "host": general.cpu = .init("cpu", ["mode": "host-passthrough"])
        case "max": general.cpu = .init("cpu", ["mode": "maximum"])
        default:
            general.cpu = .init(
                "cpu", ["mode": "custom", "match": "exact", "check": "none"],
                children: [.init("model", ["fallback": "forbid"], text: model)])
        }
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = pair.first else { continue }
            var isOn = pair.count == 1 || ["on", "yes", "true"].contains(pair[1])
            if pair.count == 2, !isOn, !["off", "no", "false"].contains(pair[1]) || name.hasPrefix("hv") {
                remarks.append("of -cpu \(option.value ?? "") this is not mapped: \(part)")
                continue
            }
            var plain = name
            if name.hasPrefix("+") || name.hasPrefix("-") {
                plain = String(name.dropFirst())
                isOn = name.hasPrefix("+")
            }
            if plain == "migratable" || plain.hasPrefix("hv") || plain.hasPrefix("kvm") || plain == "enforce"
                || plain == "check"
            {
                remarks.append("of -cpu \(option.value ?? "") this is not mapped: \(part)")
                continue
            }
            general.cpuFeatures.append(.init("feature", ["policy": isOn ? "require" : "disable", "name": plain]))
        }
    }

    // MARK: Board

    private mutating func convertBoard(_ index: Int, _ option: NativeOption) {
        var keys = NativeKeys(option.value ?? "", implied: "type")
        _ = keys.take("type")
        if let list = keys.take("accel") { useAccelerator(list) }
        if keys.flag("acpi") == false { general.hasACPI = false }
        general.hasSMM = keys.flag("smm") ?? general.hasSMM
        if let port = keys.take("vmport"), port != "auto" { general.hasVMPort = port == "on" }
        if keys.flag("usb") == true { hasUSB = true }
        if keys.flag("hpet") == false { general.timers.append(.init("timer", ["name": "hpet", "present": "no"])) }
        if let id = keys.take("memory-backend") { useMemory(id) }
        for (key, isCode) in [("pflash0", true), ("pflash1", false)] {
            guard let node = keys.take(key), let image = image(ofNode: node) else { continue }
            useFlash(image.path, format: image.format, isReadOnly: isCode)
        }
        for key in ["dump-guest-core", "kernel_irqchip", "kernel-irqchip", "graphics"] { _ = keys.take(key) }
        for (key, value) in keys.left {
            skip(index, ["-machine", "\(key)=\(value)"], "the property has no counterpart in the document")
        }
    }

    /// A flash device with firmware: the one that can't be written is the code, the other holds the variables.
    mutating func useFlash(_ path: String, format: String, isReadOnly: Bool) {
        let other = format == "raw" ? nil : format
        if isReadOnly || general.loader == nil {
            general.loader = .init(
                "loader", ["readonly": isReadOnly ? "yes" : "no", "type": "pflash", "format": other], text: path)
        } else {
            general.nvram = .init("nvram", ["format": other], text: path)
        }
    }

    private mutating func useMemory(_ id: String) {
        guard var backend = objects[id] else { return }
        backend.isUsed = true
        switch backend.keys.take("qom-type") {
        case "memory-backend-file": general.memorySource = "file"
        case "memory-backend-memfd": general.memorySource = "memfd"
        default: break
        }
        if let path = backend.keys.take("mem-path") {
            remarks.append("the memory's file is chosen anew, not '\(path)'")
        }
        if let size = backend.keys.take("size").flatMap({ Self.kibibytes($0, unit: 1.0 / 1024) }), size > 0 {
            general.memoryKiB = size
        }
        if backend.keys.flag("share") == true { general.sharesMemory = true }
        if backend.keys.flag("prealloc") == true { general.allocatesMemory = true }
        tellLeft(backend.option, backend.keys)
        objects[id] = backend
    }

    /// Objects that count by themselves; the others wait for a device that refers to them.
    private mutating func convertObject(_ index: Int, _ option: NativeOption) -> Bool {
        var keys = NativeKeys(option.value ?? "", implied: "qom-type")
        guard let type = keys.take("qom-type"), let id = keys.take("id") else { return false }
        guard type == "iothread" else { return objects[id] != nil }
        general.ioThreads += 1
        objects[id]?.isUsed = true
        return true
    }

    // MARK: Boot and clock

    private mutating func convertBoot(_ option: NativeOption) {
        var keys = NativeKeys(option.value ?? "", implied: "order")
        let letters: [Character: String] = ["a": "fd", "c": "hd", "d": "cdrom", "n": "network"]
        let once = keys.take("once")
        let order = keys.take("order") ?? once ?? ""
        general.bootOrder = order.compactMap { letters[$0] }
        if once != nil { remarks.append("-boot once= holds for every start") }
        general.hasBootMenu = keys.flag("menu")
        _ = keys.take("strict")
        tellLeft(option, keys)
    }

    private mutating func convertClock(_ option: NativeOption) {
        var keys = NativeKeys(option.value ?? "")
        switch keys.take("base") {
        case "localtime": general.clock = "localtime"
        case "utc", nil: general.clock = "utc"
        case let base?: remarks.append("the clock begins at the host's time, not at \(base)")
        }
        if keys.take("driftfix") == "slew" {
            general.timers.append(.init("timer", ["name": "rtc", "tickpolicy": "catchup"]))
        }
        if keys.take("clock") == "vm" { remarks.append("the clock follows the host's, not the guest's (clock=vm)") }
        tellLeft(option, keys)
    }
}
