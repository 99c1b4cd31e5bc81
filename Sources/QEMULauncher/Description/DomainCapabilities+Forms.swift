public import VMJSON

extension DomainCapabilities {
    /// The document that `domcapabilities` prints.
    public var document: DescribedElement {
        DescribedElement(
            "domainCapabilities",
            children: [
                .init("path", text: emulator), .init("domain", text: domainType), .init("machine", text: machine),
                .init("arch", text: architecture), .init("vcpu", ["max": String(maximumCPUs)]),
                .init("iothreads", ["supported": Self.word(hasIOThreads)]), firmwareElement,
                .init("cpu", children: cpuModes.map(Self.element)), Self.element(memoryBacking),
                .init("devices", children: devices.map(Self.element)),
                .init("features", children: features.map(Self.element)),
            ])
    }

    private var firmwareElement: DescribedElement {
        let loader = DescribedElement(
            "loader", ["supported": "yes"],
            children: firmware.paths.map { .init("value", text: $0) }
                + [
                    Self.element(Enumeration("type", firmware.loaderTypes)),
                    Self.element(Enumeration("readonly", ["yes", "no"])),
                    Self.element(Enumeration("secure", firmware.secure)),
                ])
        return DescribedElement(
            "os", ["supported": "yes"],
            children: [Self.element(Enumeration("firmware", firmware.interfaces)), loader])
    }

    private static func word(_ flag: Bool) -> String { flag ? "yes" : "no" }

    private static func element(_ enumeration: Enumeration) -> DescribedElement {
        DescribedElement(
            "enum", ["name": enumeration.name], children: enumeration.values.map { .init("value", text: $0) })
    }

    private static func element(_ feature: Feature) -> DescribedElement {
        DescribedElement(
            feature.name, ["supported": word(feature.isSupported)],
            children: feature.isSupported ? feature.enumerations.map(element) : [])
    }

    private static func element(_ mode: CPUMode) -> DescribedElement {
        var children = mode.enumerations.map(element)
        if let model = mode.hostModel {
            children.append(.init("model", ["fallback": "forbid"], text: model.name))
            if let vendor = model.vendor { children.append(.init("vendor", text: vendor)) }
            children += model.features.map { .init("feature", ["policy": "require", "name": $0]) }
            children += model.disabled.map { .init("feature", ["policy": "disable", "name": $0]) }
        }
        for model in mode.models { children += elements(model) }
        return DescribedElement(
            "mode", ["name": mode.name, "supported": word(mode.isSupported)], children: children)
    }

    /// A model, and what keeps it from being used.
    private static func elements(_ model: CPUModel) -> [DescribedElement] {
        let usable = model.unavailableFeatures.map { word($0.isEmpty) } ?? "unknown"
        let element = DescribedElement(
            "model",
            [
                // Whose processors a model copies isn't among QEMU's answers.
                "usable": usable, "deprecated": model.isDeprecated ? "yes" : nil, "vendor": "unknown",
                "canonical": model.aliasOf,
            ], text: model.name)
        guard let missing = model.unavailableFeatures, !missing.isEmpty else { return [element] }
        return [
            element,
            DescribedElement(
                "blockers", ["model": model.name], children: missing.map { .init("feature", ["name": $0]) }),
        ]
    }

    /// The same for programs.
    public var json: JSONObject {
        [
            "path": .string(emulator), "domain": .string(domainType), "machine": .string(machine),
            "arch": .string(architecture), "vcpuMax": JSONValue(maximumCPUs), "iothreads": .bool(hasIOThreads),
            "os": [
                "firmware": Self.list(firmware.interfaces), "loader": Self.list(firmware.paths),
                "loaderType": Self.list(firmware.loaderTypes), "secure": Self.list(firmware.secure),
            ],
            "cpu": .object(JSONObject(cpuModes.map { ($0.name, Self.json($0)) })),
            "memoryBacking": Self.json(memoryBacking),
            "devices": .object(JSONObject(devices.map { ($0.name, Self.json($0)) })),
            "features": .object(JSONObject(features.map { ($0.name, Self.json($0)) })),
        ]
    }

    private static func list(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }

    private static func json(_ feature: Feature) -> JSONValue {
        var object: JSONObject = ["supported": .bool(feature.isSupported)]
        for enumeration in feature.enumerations { object[enumeration.name] = list(enumeration.values) }
        return .object(object)
    }

    private static func json(_ mode: CPUMode) -> JSONValue {
        var object: JSONObject = ["supported": .bool(mode.isSupported)]
        for enumeration in mode.enumerations { object[enumeration.name] = list(enumeration.values) }
        if let model = mode.hostModel {
            object["model"] = .string(model.name)
            object["vendor"] = model.vendor.map { .string($0) }
            object["features"] = list(model.features)
            if !model.disabled.isEmpty { object["disabled"] = list(model.disabled) }
        }
        if mode.name == "custom" { object["models"] = .array(mode.models.map(json)) }
        return .object(object)
    }

    private static func json(_ model: CPUModel) -> JSONValue {
        var object: JSONObject = ["name": .string(model.name), "deprecated": .bool(model.isDeprecated)]
        object["usable"] = model.unavailableFeatures.map { .bool($0.isEmpty) }
        object["canonical"] = model.aliasOf.map { .string($0) }
        object["blockers"] = model.unavailableFeatures.map(list)
        return .object(object)
    }
}
