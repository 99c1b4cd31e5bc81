public import VMJSON

extension HostCapabilities {
    /// The same for programs.
    public var json: JSONObject {
        ["host": .object(hostJSON), "guests": .array(guests.map { .object($0.json) })]
    }

    private var hostJSON: JSONObject {
        let cpu = host.processor
        var processor: JSONObject = ["arch": .string(cpu.architecture)]
        processor["vendor"] = cpu.vendor.map { .string($0) }
        processor["microcode"] = cpu.microcode.map { JSONValue($0) }
        processor["family"] = cpu.family.map { JSONValue($0) }
        processor["model"] = cpu.model.map { JSONValue($0) }
        processor["stepping"] = cpu.stepping.map { JSONValue($0) }
        processor["maxphysaddr"] = cpu.physicalAddressBits.map { JSONValue($0) }
        processor["topology"] = [
            "sockets": JSONValue(cpu.sockets), "dies": JSONValue(cpu.dies), "cores": JSONValue(cpu.cores),
            "threads": JSONValue(cpu.threads),
        ]
        processor["features"] = .array(features.map { .string($0) })
        processor["pageSizesKiB"] = .array(host.pageSizes.map { JSONValue($0) })
        var object: JSONObject = [:]
        object["uuid"] = host.uuid.map { .string($0) }
        object["cpu"] = .object(processor)
        object["iommu"] = .bool(host.hasIOMMU)
        object["cells"] = .array(host.nodes.map { .object($0.json) })
        return object
    }
}

extension HostNode {
    fileprivate var json: JSONObject {
        [
            "id": JSONValue(id), "memoryKiB": JSONValue(memoryKiB),
            "pages": .array(pages.map { ["sizeKiB": JSONValue($0.sizeKiB), "count": JSONValue($0.count)] }),
            "distances": .array(distances.map { JSONValue($0) }),
            "cpus": .array(
                processors.map {
                    [
                        "id": JSONValue($0.id), "socket": JSONValue($0.socket), "die": JSONValue($0.die),
                        "core": JSONValue($0.core), "siblings": .string($0.siblings),
                    ]
                }),
        ]
    }
}

extension HostCapabilities.Guest {
    fileprivate var json: JSONObject {
        [
            "arch": .string(architecture), "wordsize": JSONValue(wordSize), "emulator": .string(emulator),
            "version": .string(capabilities.version.description),
            "domains": .array(domainTypes.map { .string($0) }), "machines": .array(machines.map(json)),
            "features": .array(features.map { .string($0.name) }),
        ]
    }

    private func json(_ machine: Machine) -> JSONValue {
        var object: JSONObject = [
            "name": .string(machine.name), "maxCpus": JSONValue(machine.maximumCPUs),
            "default": .bool(machine.isDefault), "deprecated": .bool(machine.isDeprecated),
        ]
        object["alias"] = machine.alias.map { .string($0) }
        return .object(object)
    }
}
