internal import VMCore
internal import VMHost
internal import VMJSON
internal import VMManager

/// Devices of the host.
extension Verb {
    /// `nodedev-list [--tree] [--cap WORDS]`.
    static var nodedevList: Verb {
        Verb(
            "nodedev-list", group: .hostDevices, "list devices of the host",
            parameters: [
                .flag("tree", "list devices in a tree"),
                .option(
                    "cap", "string", "capability names, separated by comma",
                    completion: .words(NodeDevice.Capability.allCases.map(\.rawValue))),
                .flag("inactive", "list inactive devices"), .flag("all", "list inactive & active devices"),
                .flag("persistent", "list persistent devices"), .flag("transient", "list transient devices"),
            ], exclusive: [["tree", "cap"], ["tree", "inactive"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let all = try invocation.manager().nodeDevices().devices
            var flags: UInt32 = 0
            for word in (invocation.value("cap") ?? "").split(separator: ",") {
                guard let capability = NodeDevice.Capability(rawValue: String(word)) else {
                    let words = NodeDevice.Capability.allCases.map(\.rawValue)
                    throw VMError(
                        .usage, "Invalid capability type '\(word)'",
                        remedy: NearMatch.best(for: String(word), among: words).map { "did you mean '\($0)'?" }
                            ?? "one of: \(words.joined(separator: ", "))")
                }
                flags |= capability.flag
            }
            if !invocation.flag("all") {
                flags |= invocation.flag("inactive") ? NodeDevice.inactiveFlag : NodeDevice.activeFlag
            }
            if invocation.flag("persistent") { flags |= NodeDevice.persistentFlag }
            if invocation.flag("transient") { flags |= NodeDevice.transientFlag }
            let devices = all.filter { $0.isMeant(by: flags) }
            let value = JSONValue.array(devices.map { .object($0.value) })
            let body = invocation.flag("tree") ? DeviceTree(devices).text : devices.map { $0.name + "\n" }.joined()
            return Report(.raw(body), value: value, names: devices.map(\.name))
        }
    }

    /// `nodedev-info DEVICE`.
    static var nodedevInfo: Verb {
        Verb(
            "nodedev-info", group: .hostDevices, "tell the main facts about a device of the host", parameters: [.device]
        ) {
            (invocation: Invocation) throws(VMError) -> Report in
            let device = try invocation.nodeDevice()
            var lines = [("Name:", device.name)]
            if let parent = device.parent { lines.append(("Parent:", parent)) }
            lines += [("Active:", "yes"), ("Persistent:", "no"), ("Autostart:", "no")]
            if let path = device.path { lines.append(("Path:", path)) }
            if let driver = device.driver { lines.append(("Driver:", driver)) }
            return Report(.text(facts(lines)), value: .object(device.value), names: [device.name])
        }
    }

    /// `nodedev-dumpxml DEVICE`.
    static var nodedevDumpxml: Verb {
        Verb(
            "nodedev-dumpxml", group: .hostDevices, "print the XML of a device of the host",
            parameters: [
                .device, .flag("inactive", "show inactive defined XML"),
                .option("xpath", "string", "xpath expression to filter the XML document"),
                .flag("wrap", "wrap xpath results in an common root element"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let device = try invocation.nodeDevice()
            var report = try invocation.printed(device.xml)
            if report.names.isEmpty { report.names = [device.name] }
            return report
        }
    }

    /// `nodedev-detach DEVICE [--driver WORD]`.
    static var nodedevDetach: Verb {
        Verb(
            "nodedev-detach", group: .hostDevices, "take a PCI device from the host's driver, for a guest",
            details: "For root. The device is bound to vfio-pci until nodedev-reattach or the next boot.",
            parameters: [.device, .option("driver", "string", "pci device assignment backend driver (vfio)")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "Failed to detach device", "detached") { manager, name throws(VMError) in
                try manager.detachNodeDevice(name, driver: invocation.value("driver"))
            }
        }
    }

    /// `nodedev-reattach DEVICE`.
    static var nodedevReattach: Verb {
        Verb(
            "nodedev-reattach", group: .hostDevices, "give a PCI device back to the host's driver",
            details: "For root.", parameters: [.device]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "Failed to re-attach device", "re-attached") { manager, name throws(VMError) in
                try manager.reattachNodeDevice(name)
            }
        }
    }

    /// `nodedev-reset DEVICE`.
    static var nodedevReset: Verb {
        Verb("nodedev-reset", group: .hostDevices, "reset a PCI device", details: "For root.", parameters: [.device]) {
            (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "Failed to reset device", "reset") { manager, name throws(VMError) in
                try manager.resetNodeDevice(name)
            }
        }
    }

    private static func act(
        _ invocation: Invocation, _ failed: String, _ done: String,
        _ body: (VMManager, String) throws(VMError) -> Void
    ) throws(VMError) -> Report {
        let name = try invocation.required("device")
        do throws(VMError) {
            try body(try invocation.manager(), name)
        } catch {
            throw error.code == .notFound ? error : error.wrapped("\(failed) \(name)")
        }
        return Report(.message("Device \(name) \(done)"), value: ["name": .string(name)], names: [name])
    }
}

extension Parameter {
    fileprivate static var device: Parameter { argument("device", "string", "device name", completion: .nodeDevice) }
}

extension Invocation {
    fileprivate func nodeDevice() throws(VMError) -> NodeDevice {
        try manager().nodeDevice(try required("device"))
    }
}

extension NodeDevice {
    /// What programs are told of a device.
    var value: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "capabilities": .array(capabilities.map { .string($0.rawValue) }),
        ]
        object["parent"] = parent.map { .string($0) }
        object["path"] = path.map { .string($0) }
        object["node"] = node.map { .string($0) }
        object["driver"] = driver.map { .string($0) }
        return object
    }
}

/// Devices below those that they are parts of, as virsh draws them.
struct DeviceTree {
    private let children: [String: [String]]
    private let roots: [String]
    /// A tree of the kernel's is flatter by far.
    private static let deepest = 64

    init(_ devices: [NodeDevice]) {
        let names = Set(devices.map(\.name))
        var children: [String: [String]] = [:]
        var roots: [String] = []
        for device in devices {
            if let parent = device.parent, names.contains(parent) {
                children[parent, default: []].append(device.name)
            } else {
                roots.append(device.name)
            }
        }
        (self.children, self.roots) = (children, roots)
    }

    var text: String {
        var text = ""
        for root in roots { draw(root, indent: "", mark: "", isLast: true, depth: 0, &text) }
        return text
    }

    private func draw(_ name: String, indent: String, mark: String, isLast: Bool, depth: Int, _ text: inout String) {
        text += indent + mark + name + "\n"
        let inner = indent + (mark.isEmpty ? "" : isLast ? "  " : "| ") + "  "
        let below = depth < Self.deepest ? children[name] ?? [] : []
        if !below.isEmpty { text += String(inner.dropLast(2)) + "  |\n" }
        for child in below {
            draw(child, indent: inner, mark: "+- ", isLast: child == below.last, depth: depth + 1, &text)
        }
        if below.isEmpty, isLast { text += String(inner.dropLast(2)) + "\n" }
    }
}
