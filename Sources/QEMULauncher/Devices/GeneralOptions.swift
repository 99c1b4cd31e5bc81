internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// The options that are no device: name, clock, boot, firmware tables, policies.
enum GeneralOptions {
    static func name(_ context: BuildContext) -> [QEMUOption] {
        [
            QEMUOption(
                .name, ["guest": .string(context.domain.name ?? ""), "debug-threads": true],
                from: context.domain.origin),
            QEMUOption(flag: .startPaused),
        ]
    }

    static func uuid(_ context: BuildContext) -> [QEMUOption] {
        guard let uuid = context.domain.uuid else { return [] }
        return [QEMUOption(.uuid, word: uuid.description, from: context.domain.origin)]
    }

    // MARK: SMBIOS and fw_cfg

    static func systemInformation(_ context: BuildContext) -> [QEMUOption] {
        var options: [QEMUOption] = []
        if context.domain.os.smbios?.mode == .sysinfo {
            for sysinfo in context.domain.sysinfo where sysinfo.type == .smbios { options += smbios(sysinfo, context) }
        }
        for sysinfo in context.domain.sysinfo where sysinfo.type == .fwcfg {
            for entry in sysinfo.entries {
                var properties: JSONObject = ["name": .string(entry.name ?? "")]
                if let file = entry.file, !file.isEmpty {
                    properties["file"] = .string(file)
                } else {
                    properties["string"] = .string(entry.value ?? "")
                }
                options.append(QEMUOption(.fwCfg, properties, from: entry.origin))
            }
        }
        return options
    }

    private static func smbios(_ sysinfo: SystemInformation, _ context: BuildContext) -> [QEMUOption] {
        var options: [QEMUOption] = []
        func add(_ type: Int64, _ entries: [(String?, String?)]) {
            guard !entries.isEmpty else { return }
            var properties: JSONObject = ["type": .integer(type)]
            // libvirt has always named the maker of these, even where there is none to name, and guests have seen it.
            if type == 2 || type == 3 { properties["manufacturer"] = "" }
            for (name, value) in entries { if let name { properties.put(name, value) } }
            options.append(QEMUOption(.smbios, properties, from: sysinfo.origin))
        }
        add(0, sysinfo.bios.entries.map { ($0.name?.rawValue, $0.value) })
        add(1, sysinfo.system.entries.map { ($0.name?.rawValue, $0.value) })
        for board in sysinfo.baseBoard { add(2, board.entries.map { ($0.name?.rawValue, $0.value) }) }
        add(3, sysinfo.chassis.entries.map { ($0.name?.rawValue, $0.value) })
        let strings = sysinfo.oemStrings.compactMap(\.value)
        if !strings.isEmpty {
            options.append(
                QEMUOption(
                    .smbios, ["type": 11, "value": .array(strings.map { .string($0) })], from: sysinfo.origin))
        }
        return options
    }

    // MARK: Clock

    static func clock(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let clock = context.domain.clock
        var properties: JSONObject = ["base": .string(base(clock, context))]
        var extra: [QEMUOption] = []
        for timer in clock?.timers ?? [] {
            switch timer.name {
            case .rtc:
                switch timer.track {
                case .boot, nil: break
                case .guest: properties["clock"] = "vm"
                case .wall: properties["clock"] = "host"
                case .realtime: properties["clock"] = "rt"
                }
                if timer.tickpolicy == .catchup { properties["driftfix"] = "slew" }
            case .pit:
                guard timer.present != .no, context.capabilities.has(device: "kvm-pit", property: "lost_tick_policy")
                else { continue }
                let policy: JSONValue? =
                    switch timer.tickpolicy {
                    case .delay: "delay"
                    case .discard: "discard"
                    case .catchup, .merge, nil: nil
                    }
                if let policy {
                    extra.append(
                        QEMUOption(
                            .global, ["driver": "kvm-pit", "property": "lost_tick_policy", "value": policy],
                            from: timer.origin))
                }
            case .hpet:
                let machine = context.domain.os.type?.machine ?? ""
                if context.traits.isX86, timer.present == .no,
                    !context.capabilities.has(machine: machine, property: "hpet")
                {
                    extra.append(QEMUOption(flag: .noHpet, from: timer.origin))
                }
            default: break
            }
        }
        return [QEMUOption(.rtc, properties, from: clock?.origin)] + extra
    }

    private static func base(_ clock: Clock?, _ context: BuildContext) -> String {
        guard let clock else { return "utc" }
        switch clock.offset {
        case .utc: return "utc"
        case .localtime, .timezone: return "localtime"
        case .variable:
            var seconds: Int64 = context.host.clock.seconds
            if case .seconds(let adjustment) = clock.adjustment { seconds &+= Int64(adjustment) }
            if clock.basis == .localtime { seconds &+= context.host.clock.offset }
            return DateText.make(secondsSince1970: seconds)
        case .absolute: return DateText.make(secondsSince1970: Int64(clamping: clock.start ?? 0))
        }
    }

    /// QEMU stays when the guest is done: whoever supervises it carries out the domain's policies.
    static func shutdown(_ context: BuildContext) -> [QEMUOption] { [QEMUOption(flag: .noShutdown)] }

    static func power(_ context: BuildContext) -> [QEMUOption] {
        let states = [
            ("disable_s3", context.domain.pm.suspendToMem?.enabled),
            ("disable_s4", context.domain.pm.suspendToDisk?.enabled),
        ]
        let driver: JSONValue = context.traits.family == .q35 ? "ICH9-LPC" : "PIIX4_PM"
        return states.compactMap { property, enabled in
            guard let enabled else { return nil }
            return QEMUOption(
                .global,
                ["driver": driver, "property": .string(property), "value": enabled == .yes ? 0 : 1],
                from: context.domain.origin)
        }
    }

    // MARK: Boot

    static func boot(_ context: BuildContext) -> [QEMUOption] {
        let os = context.domain.os
        var properties: JSONObject = [:]
        if let menu = os.bootmenu {
            properties.put("menu", menu.enable)
            if menu.enable == .yes { properties["splash-time"] = menu.timeout.map { JSONValue($0) } }
        }
        properties["reboot-timeout"] = os.bios?.rebootTimeout.map { JSONValue($0) }
        properties["strict"] = true
        var options = [QEMUOption(.boot, properties, from: os.origin)]
        for (name, value) in [
            (OptionName.kernel, os.kernel), (.initrd, os.initrd), (.append, os.cmdline), (.dtb, os.dtb),
            (.shim, os.shim),
        ] {
            if let value, !value.isEmpty { options.append(QEMUOption(name, word: value, from: os.origin)) }
        }
        for table in os.acpi {
            var properties: JSONObject = [:]
            switch table.type {
            case .slic: properties["sig"] = "SLIC"
            case .msdm: properties["sig"] = "MSDM"
            case .raw, .rawset, nil: break
            }
            properties.put("file", table.path)
            options.append(QEMUOption(.acpitable, properties, from: os.origin))
        }
        return options
    }

    // MARK: Throttling

    static func throttleGroups(_ context: BuildContext) -> [QEMUOption] {
        context.domain.throttlegroups.map { group in
            var limits: JSONObject = [:]
            func put(_ name: String, _ value: UInt64?, always: Bool = true) {
                if always || value ?? 0 > 0 { limits[name] = JSONValue(value ?? 0) }
            }
            put("bps-total", group.totalBytesSec)
            put("bps-read", group.readBytesSec)
            put("bps-write", group.writeBytesSec)
            put("iops-total", group.totalIopsSec)
            put("iops-read", group.readIopsSec)
            put("iops-write", group.writeIopsSec)
            put("bps-total-max", group.totalBytesSecMax)
            put("bps-read-max", group.readBytesSecMax)
            put("bps-write-max", group.writeBytesSecMax)
            put("iops-total-max", group.totalIopsSecMax)
            put("iops-read-max", group.readIopsSecMax)
            put("iops-write-max", group.writeIopsSecMax)
            put("iops-size", group.sizeIopsSec)
            put("bps-total-max-length", group.totalBytesSecMaxLength, always: false)
            put("bps-read-max-length", group.readBytesSecMaxLength, always: false)
            put("bps-write-max-length", group.writeBytesSecMaxLength, always: false)
            put("iops-total-max-length", group.totalIopsSecMaxLength, always: false)
            put("iops-read-max-length", group.readIopsSecMaxLength, always: false)
            put("iops-write-max-length", group.writeIopsSecMaxLength, always: false)
            return QEMUOption(
                .object,
                [
                    "qom-type": "throttle-group", "id": .string("throttle-\(group.groupName ?? "")"),
                    "limits": .object(limits),
                ], from: group.origin)
        }
    }

    // MARK: The end

    static func sandbox(_ context: BuildContext) -> [QEMUOption] {
        [
            QEMUOption(
                .sandbox,
                [
                    "enable": "on", "obsolete": "deny", "elevateprivileges": "deny", "spawn": "deny",
                    "resourcecontrol": "deny",
                ])
        ]
    }

    static func asyncTeardown(_ context: BuildContext) -> [QEMUOption] {
        guard let teardown = context.domain.features.asyncTeardown else { return [] }
        return [
            QEMUOption(
                .runWith, ["async-teardown": .bool(teardown.enabled != .no)], from: context.domain.features.origin)
        ]
    }

    static func vmcoreinfo(_ context: BuildContext) -> [QEMUOption] {
        guard let feature = context.domain.features.vmcoreinfo, feature.isOn else { return [] }
        return [QEMUOption(.device, ["driver": "vmcoreinfo"], from: context.domain.features.origin)]
    }

    static func passthrough(_ context: BuildContext) -> [QEMUOption] {
        var options = context.domain.qemuCommandline.arguments.compactMap { argument in
            argument.value.map { QEMUOption(.passthrough, word: $0, from: argument.origin) }
        }
        switch context.domain.qemuDeprecation?.behavior {
        case .omit: options.append(QEMUOption(.compat, ["deprecated-output": "hide"]))
        case .reject:
            options.append(QEMUOption(.compat, ["deprecated-output": "hide", "deprecated-input": "reject"]))
        case .crash:
            options.append(QEMUOption(.compat, ["deprecated-output": "hide", "deprecated-input": "crash"]))
        case QEMUDeprecation.Behavior.none?, nil: break
        }
        return options
    }
}

/// A moment as QEMU's `-rtc base=` takes it.
enum DateText {
    /// `2009-02-14T00:01:30`, in the proleptic Gregorian calendar.
    static func make(secondsSince1970 seconds: Int64) -> String {
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        // Days since 0000-03-01, so that leap days come at the end of a year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let yearText = String(year)
        let padded = String(repeating: "0", count: max(0, 4 - yearText.utf8.count)) + yearText
        return "\(padded)-\(two(civilMonth))-\(two(day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
    }
}
