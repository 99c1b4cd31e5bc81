public import VMJSON

// MARK: - Types and properties

extension Capabilities {
    /// Whether QEMU has this type: a device, an object, a machine (`pc-q35-7.2-machine`) or a CPU.
    ///
    /// QAPI: `qom-list-types`.
    public func has(type name: String) -> Bool { image.contains(.types, name) }

    /// Whether QEMU has this device.
    public func has(device name: String) -> Bool { has(type: name) }

    /// Whether CPUs have a property, by the properties of the `max` model.
    public func has(cpuProperty name: String) -> Bool {
        has(object: "max-\(target)-cpu", property: name) || has(object: "max-arm-cpu", property: name)
    }

    /// Whether a device has a property. False for types whose properties are not asked for (``ProbeQuestions``).
    ///
    /// QAPI: `device-list-properties`.
    public func has(device type: String, property: String) -> Bool {
        image.contains(.properties, "\(type).\(property)")
    }

    /// Whether an object, such as `memory-backend-file`, has a property.
    ///
    /// QAPI: `qom-list-properties`.
    public func has(object type: String, property: String) -> Bool {
        image.contains(.properties, "\(type).\(property)")
    }

    /// Whether `-machine NAME` takes a property.
    ///
    /// Properties are known of one machine of each family, the one asked for in the conversation, and of the
    /// `none` machine for what all machines have.
    public func has(machine name: String, property: String) -> Bool {
        if image.contains(.properties, "none-machine.\(property)") { return true }
        if image.contains(.properties, "\(name)-machine.\(property)") { return true }
        let family = Machine.family(of: name)
        if family == "pc" || family == "q35" || family == "microvm" {
            return image.contains(.properties, "generic-pc-machine.\(property)")
        }
        return image.entries(.properties, prefix: family + "-").contains { $0.key.hasSuffix("-machine.\(property)") }
    }

    /// The properties of a type that was asked for, with QEMU's names of their types.
    public func properties(of type: String) -> [(name: String, type: String)] {
        image.entries(.properties, prefix: type + ".").map { key, value in
            (String(key.dropFirst(type.count + 1)), String(decoding: value, as: UTF8.self))
        }
    }
}

// MARK: - Commands and options

extension Capabilities {
    /// Whether QMP has this command.
    public func accepts(command: String) -> Bool { image.contains(.schema, "c:" + command) }

    /// Whether QMP has this event.
    public func emits(event: String) -> Bool { image.contains(.schema, "e:" + event) }

    /// Whether a command takes an argument. The argument is a path through the schema: names of members; `+VARIANT` for
    /// the members that only one value of a union's tag has; `=VALUE` for a value of an enumeration; `$FEATURE` for a
    /// feature of what was reached. Lists are walked through by themselves.
    ///
    ///     accepts(command: "blockdev-add", argument: "+nbd/tls-hostname")
    ///     accepts(command: "netdev_add", argument: "type/=stream")
    ///     accepts(command: "device_add", argument: "$json-cli-hotplug")
    ///
    /// QAPI: `query-qmp-schema`.
    public func accepts(command: String, argument path: String) -> Bool {
        SchemaWalk(image: image).reaches("c:" + command, "arg-type", path)
    }

    /// Whether a command's reply has a member; the path as for ``accepts(command:argument:)``.
    public func returns(command: String, member path: String) -> Bool {
        SchemaWalk(image: image).reaches("c:" + command, "ret-type", path)
    }

    /// Whether an event has a member; the path as for ``accepts(command:argument:)``.
    public func emits(event: String, member path: String) -> Bool {
        SchemaWalk(image: image).reaches("e:" + event, "arg-type", path)
    }

    /// The values of the enumeration that a path leads to; empty when it leads to none.
    public func values(command: String, argument path: String) -> [String] {
        SchemaWalk(image: image).values("c:" + command, "arg-type", path)
    }

    /// Whether the command line has an option, of those that QEMU lists.
    ///
    /// QAPI: `query-command-line-options`, which leaves some out.
    public func has(option name: String) -> Bool { image.contains(.options, name) }

    /// Whether an option of the command line has a parameter, of those that QEMU lists.
    public func has(option name: String, parameter: String) -> Bool { image.contains(.options, "\(name).\(parameter)") }

    /// How options are to be written for this QEMU.
    public var argvSyntax: ArgvSyntax {
        var json: [OptionName] = [.object, .blockdev, .audiodev, .compat]
        // Before this feature a device given as JSON could not be unplugged.
        if accepts(command: "device_add", argument: "$json-cli-hotplug") { json.append(.device) }
        // The parser that takes JSON came together with these two backends.
        if accepts(command: "netdev_add", argument: "type/=dgram") { json.append(.netdev) }
        return ArgvSyntax(json: json)
    }
}

// MARK: - Single facts

extension Capabilities {
    /// `query-kvm`: compiled in, and usable when the conversation took place.
    public var kvm: (present: Bool, enabled: Bool) {
        let answer = CapabilitiesReader(image: image).fact("kvm")
        return (answer?["present"]?.bool ?? false, answer?["enabled"]?.bool ?? false)
    }

    /// An interrupt controller of ARM machines: `query-gic-capabilities`.
    public struct GIC: Sendable, Hashable {
        public var version: Int
        /// Whether it can be emulated.
        public var emulated: Bool
        /// Whether KVM provides it.
        public var kernel: Bool
    }

    /// The interrupt controllers of ARM machines; empty elsewhere.
    public var gic: [GIC] {
        (CapabilitiesReader(image: image).fact("gic")?.array ?? []).compactMap { entry in
            guard let version = entry["version"]?.int else { return nil }
            return GIC(
                version: version, emulated: entry["emulated"]?.bool ?? false, kernel: entry["kernel"]?.bool ?? false)
        }
    }

    /// `query-sev-capabilities`; nil when the host has no AMD SEV.
    public var sev: JSONObject? { CapabilitiesReader(image: image).fact("sev")?.object }

    /// `query-sgx-capabilities`; nil when the host has no Intel SGX.
    public var sgx: JSONObject? { CapabilitiesReader(image: image).fact("sgx")?.object }

    /// `query-tpm-models`: the TPM front ends.
    public var tpmModels: [String] { strings("tpm-models") }

    /// `query-tpm-types`: the TPM backends.
    public var tpmBackends: [String] { strings("tpm-types") }

    /// The names of `query-migrate-capabilities`.
    public var migrationCapabilities: [String] { strings("migrate-capabilities") }

    /// The audio backends of `-audiodev` that this QEMU was built with; empty where QEMU can't say.
    public var audioBackends: [String] {
        SchemaWalk(image: image).values("c:query-audiodevs", "ret-type", "driver")
    }

    /// The displays of `-display` that this QEMU was built with.
    public var displayBackends: [String] {
        SchemaWalk(image: image).values("c:query-display-options", "ret-type", "type")
    }

    private func strings(_ fact: String) -> [String] {
        (CapabilitiesReader(image: image).fact(fact)?.array ?? []).compactMap(\.string)
    }
}
