internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<memballoon>`.
enum BalloonOptions {
    static func make(_ balloon: MemoryBalloon, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let model = balloon.model, let variant = VirtioModel(rawValue: model.rawValue) else { return [] }
        var properties: JSONObject = [
            "driver": .string(context.virtioDriver("virtio-balloon", at: balloon.address, model: variant))
        ]
        properties.put(balloon.driver)
        properties["id"] = .string(balloon.alias.id)
        properties.put("deflate-on-oom", balloon.autodeflate)
        properties.put("free-page-reporting", balloon.freePageReporting)
        return try context.device(properties, at: balloon.address, acpi: balloon.acpi, from: balloon.origin)
    }
}

/// `<rng>`.
enum RandomOptions {
    static func make(_ rng: RandomNumberGenerator, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = rng.alias.id
        let object = "obj" + alias
        var options: [QEMUOption] = []
        var backend: JSONObject = [:]
        switch rng.backend?.model {
        case .random, nil:
            backend = [
                "qom-type": "rng-random", "id": .string(object),
                "filename": .string(rng.backend?.path ?? "/dev/random"),
            ]
        case .egd:
            let chardev = "char" + alias
            if let character = rng.backend?.character {
                options = try CharacterOptions.make(chardev, character, context, from: rng.origin)
            }
            backend = ["qom-type": "rng-egd", "id": .string(object), "chardev": .string(chardev)]
        case .builtin: backend = ["qom-type": "rng-builtin", "id": .string(object)]
        }
        options.append(QEMUOption(.object, backend, from: rng.origin))
        var properties: JSONObject = [
            "driver": .string(context.virtioDriver("virtio-rng", at: rng.address, model: rng.model))
        ]
        properties.put(rng.driver)
        properties["rng"] = .string(object)
        properties["id"] = .string(alias)
        if let bytes = rng.rate?.bytes, bytes > 0 {
            properties["max-bytes"] = JSONValue(bytes)
            let period = rng.rate?.period ?? 0
            properties["period"] = JSONValue(period > 0 ? period : 1000)
        }
        return options + (try context.device(properties, at: rng.address, acpi: rng.acpi, from: rng.origin))
    }
}

/// `<watchdog>`, and what QEMU does when one bites.
enum WatchdogOptions {
    static func all(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        var options: [QEMUOption] = []
        for watchdog in context.domain.devices.watchdogs { options += try make(watchdog, context) }
        guard let first = context.domain.devices.watchdogs.first else { return options }
        // QEMU can't dump by itself: it stops, and whoever watches it dumps.
        let action = first.action == .dump ? .pause : first.action ?? .reset
        options.append(QEMUOption(.watchdogAction, word: action.rawValue, from: first.origin))
        return options
    }

    static func make(_ watchdog: Watchdog, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let model = watchdog.model else { return [] }
        if model == .itco {
            return [
                QEMUOption(
                    .global, ["driver": "ICH9-LPC", "property": "noreboot", "value": false], from: watchdog.origin)
            ]
        }
        return try context.device(
            ["driver": .string(model.rawValue), "id": .string(watchdog.alias.id)], at: watchdog.address,
            acpi: watchdog.acpi, from: watchdog.origin)
    }
}

/// `<panic>`; Hyper-V's is a CPU feature, POWER's and s390x's are always there.
enum PanicOptions {
    static func make(_ panic: Panic, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        switch panic.model {
        case .isa, nil:
            guard context.traits.isX86 else { return [] }
            var properties: JSONObject = ["driver": "pvpanic"]
            properties.put("ioport", panic.address?.iobase)
            return [QEMUOption(.device, properties, from: panic.origin)]
        case .pvpanic:
            return try context.device(
                ["driver": "pvpanic-pci"], at: panic.address, acpi: panic.acpi, from: panic.origin)
        case .pseries, .hyperv, .s390: return []
        }
    }
}

/// `<tpm>`.
enum TPMOptions {
    static func make(_ tpm: TPM, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = tpm.alias.id
        if tpm.model == .spaprProxy {
            let path = tpm.backend?.device?.path ?? "/dev/tpmrm0"
            return [
                QEMUOption(
                    .device, ["driver": "spapr-tpm-proxy", "id": .string(alias), "host-path": .string(path)],
                    from: tpm.origin)
            ]
        }
        let backend = backend(tpm, context)
        let isBoardDevice = context.traits.hasTPMOnBoard && tpm.model == .tis
        let device: JSONObject = [
            "driver": .string(isBoardDevice ? "tpm-tis-device" : (tpm.model ?? .tis).rawValue),
            "tpmdev": .string("tpm-" + alias), "id": .string(alias),
        ]
        return backend + (try context.device(device, at: tpm.address, acpi: tpm.acpi, from: tpm.origin))
    }

    /// The path of the socket on which the emulator of a machine's TPM listens.
    static func emulatorSocket(_ context: BuildContext) -> String { context.host.folders.machine + "/swtpm.sock" }

    private static func backend(_ tpm: TPM, _ context: BuildContext) -> [QEMUOption] {
        let id: JSONValue = .string("tpm-" + tpm.alias.id)
        if tpm.backend?.type == .passthrough {
            let path = tpm.backend?.device?.path ?? "/dev/tpm0"
            let name = path.split(separator: "/").last.map { String($0) } ?? "tpm0"
            return [
                QEMUOption(
                    .tpmdev,
                    [
                        "type": "passthrough", "id": id, "path": .string(path),
                        "cancel-path": .string("/sys/class/tpm/\(name)/device/cancel"),
                    ], from: tpm.origin)
            ]
        }
        let socket = tpm.backend?.type == .external ? tpm.backend?.source?.path : nil
        return [
            QEMUOption(
                .chardev,
                [
                    "backend": "socket", "id": "chrtpm", "path": .string(socket ?? emulatorSocket(context)),
                ], from: tpm.origin),
            QEMUOption(.tpmdev, ["type": "emulator", "id": id, "chardev": "chrtpm"], from: tpm.origin),
        ]
    }
}

/// `<vsock>`.
enum VSockOptions {
    /// The number under which QEMU finds the vhost device of a vsock.
    static let descriptor = 15

    static func make(_ vsock: VSock, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        var properties: JSONObject = [
            "driver": .string(context.virtioDriver("vhost-vsock", at: vsock.address, model: vsock.model))
        ]
        properties.put(vsock.driver)
        properties["id"] = .string(vsock.alias.id)
        let isAutomatic = vsock.cid?.auto == .yes
        // One that was taken for a start is in the document.
        let given = vsock.cid?.address.map { UInt64($0) }
        properties["guest-cid"] = JSONValue((isAutomatic ? context.host.vsockCID : nil) ?? given ?? 3)
        properties["vhostfd"] = .string(String(descriptor))
        return try context.device(properties, at: vsock.address, acpi: vsock.acpi, from: vsock.origin)
    }
}

/// `<crypto>`.
enum CryptoOptions {
    static func make(_ crypto: Crypto, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let object = "obj" + crypto.alias.id
        let kind = crypto.backend?.model == .lkcf ? "cryptodev-backend-lkcf" : "cryptodev-backend-builtin"
        var backend: JSONObject = ["qom-type": .string(kind), "id": .string(object)]
        backend.put("queues", crypto.backend?.queues)
        var properties: JSONObject = ["driver": .string(context.virtioDriver("virtio-crypto", at: crypto.address))]
        properties.put(crypto.driver)
        properties["cryptodev"] = .string(object)
        properties["id"] = .string(crypto.alias.id)
        return [QEMUOption(.object, backend, from: crypto.origin)]
            + (try context.device(properties, at: crypto.address, acpi: crypto.acpi, from: crypto.origin))
    }
}

/// `<nvram>` of POWER, `<pstore>` and `<genid>`.
enum FirmwareStoreOptions {
    static func nonVolatileMemory(_ nvram: NonVolatileMemory) -> [QEMUOption] {
        guard let register = nvram.address?.reg else { return [] }
        return [
            QEMUOption(
                .global,
                [
                    "driver": "spapr-nvram", "property": "reg",
                    "value": .string("0x" + String(register, radix: 16)),
                ], from: nvram.origin)
        ]
    }

    static func persistentStore(_ store: PersistentStore, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = store.alias.id
        var memory: JSONObject = ["qom-type": "memory-backend-file", "id": .string("mem" + alias)]
        memory.put("mem-path", store.path)
        memory["size"] = store.size.map { JSONValue($0.bytes) }
        memory["share"] = true
        return [QEMUOption(.object, memory, from: store.origin)]
            + (try context.device(
                ["driver": "acpi-erst", "id": .string(alias), "memdev": .string("mem" + alias)], at: store.address,
                acpi: store.acpi, from: store.origin))
    }

    static func generationID(_ context: BuildContext) -> [QEMUOption] {
        guard let genid = context.domain.genid else { return [] }
        let guid: String =
            switch genid {
            case .uuid(let uuid): uuid.description
            case .generated: "auto"
            }
        return [
            QEMUOption(
                .device, ["driver": "vmgenid", "guid": .string(guid), "id": "vmgenid0"], from: context.domain.origin)
        ]
    }
}

/// `<shmem>`.
enum SharedMemoryOptions {
    static func make(_ memory: SharedMemory, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = memory.alias.id
        let name = memory.name ?? ""
        switch memory.model?.type {
        case .ivshmemPlain:
            var properties: JSONObject = [
                "driver": "ivshmem-plain", "id": .string(alias), "memdev": .string("shmmem-" + alias),
            ]
            if let role = memory.role { properties["master"] = role == .master ? "on" : "off" }
            let size = memory.size ?? .mebibytes(4)
            let object: JSONObject = [
                "qom-type": "memory-backend-file", "id": .string("shmmem-" + alias),
                "mem-path": .string("/dev/shm/" + name), "size": JSONValue(size.bytes), "share": true,
            ]
            return [QEMUOption(.object, object, from: memory.origin)]
                + (try context.device(properties, at: memory.address, acpi: memory.acpi, from: memory.origin))
        case .ivshmemDoorbell:
            let path = memory.server?.path ?? "/var/lib/libvirt/shmem-\(name)-sock"
            let socket: JSONObject = ["backend": "socket", "id": .string("char" + alias), "path": .string(path)]
            var properties: JSONObject = [
                "driver": "ivshmem-doorbell", "id": .string(alias), "chardev": .string("char" + alias),
            ]
            properties.put("vectors", memory.msi?.vectors)
            properties["ioeventfd"] = .bool(memory.msi?.ioeventfd != .off)
            return [QEMUOption(.chardev, socket, from: memory.origin)]
                + (try context.device(properties, at: memory.address, acpi: memory.acpi, from: memory.origin))
        case .ivshmem, nil:
            throw VMError(
                .unsupported, "QEMU has no shared memory device 'ivshmem' any more",
                remedy: "use ivshmem-plain or ivshmem-doorbell")
        }
    }
}
