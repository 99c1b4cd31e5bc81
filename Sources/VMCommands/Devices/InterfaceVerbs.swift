internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `attach-interface NAME TYPE SOURCE`.
    static var attachInterface: Verb {
        Verb(
            "attach-interface", group: .devices, "attach network interface",
            details: "A type that has no source, such as user, takes any word for it.",
            parameters: [
                .domain(),
                .argument(
                    "type", "string", "network interface type", completion: .words(["user", "bridge", "ethernet"])),
                .optional("source", "string", "source of network interface"),
                .option("target", "string", "target network name"),
                .option("mac", "string", "MAC address"),
                .option("script", "string", "script used to bridge network interface"),
                .option("model", "string", "model type"),
                .option("alias", "string", "custom alias name of interface device"),
                .option("inbound", "string", "control domain's incoming traffics"),
                .option("outbound", "string", "control domain's outgoing traffics"),
                .flag("managed", "have a host device detached from the host and given back to it"),
                .option("source-mode", "string", "mode attribute of <source/> element"),
                .flag("print-xml", "print XML document rather than attach the interface"),
            ] + .persistentScope + [.timeout],
            exclusive: .persistentScope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let xml = try invocation.interfaceXML()
            if invocation.flag("print-xml") { return Report(.document(xml), value: ["xml": .string(xml)]) }
            return try invocation.attach(
                try DeviceFile.read(xml), done: "Interface attached successfully",
                failed: "Failed to attach interface")
        }
    }

    /// `detach-interface NAME TYPE [--mac MAC]`.
    static var detachInterface: Verb {
        Verb(
            "detach-interface", group: .devices, "detach network interface",
            parameters: [
                .domain(), .argument("type", "string", "network interface type"),
                .option("mac", "string", "MAC address", completion: .interface),
            ] + .persistentScope + [
                .flag("print-xml", "print XML document rather than detach the interface"), .timeout,
            ],
            exclusive: .persistentScope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let device = try invocation.interfaceToDetach()
            if invocation.flag("print-xml") {
                let text = Invocation.text(of: device)
                return Report(.document(text), value: ["xml": .string(text)])
            }
            var search = Interface()
            search.mac = device.interfaces.first?.mac
            var wanted = Devices()
            wanted.interfaces = [search]
            return try invocation.detach(
                wanted, done: "Interface detached successfully", failed: "Failed to detach interface")
        }
    }

    /// `domif-setlink NAME INTERFACE STATE`.
    static var domifSetlink: Verb {
        Verb(
            "domif-setlink", group: .devices, "set link state of a virtual interface",
            parameters: [
                .domain(), .argument("interface", "string", "interface device (MAC Address)", completion: .interface),
                .argument("state", "string", "new state of the device", completion: .words(["up", "down"])),
                .flag("config", "affect next boot"),
                .flag("print-xml", "print XML document rather than set the interface link state"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let state = try invocation.required("state")
            guard state == "up" || state == "down" else {
                throw VMError(.usage, "invalid link state '\(state)'", remedy: "it is up or down")
            }
            let (manager, key) = try invocation.managerAndDomain()
            if invocation.flag("print-xml") {
                let name = try invocation.required("interface")
                let text = try manager.linkXML(
                    key, interface: name, up: state == "up", config: invocation.flag("config"))
                return Report(.document(text), value: ["xml": .string(text)])
            }
            do throws(VMError) {
                try manager.setLink(
                    key, interface: try invocation.required("interface"), up: state == "up",
                    scope: invocation.flag("config") ? .config : .current, timeout: try invocation.patience())
            } catch {
                throw error.code == .notFound ? error : error.wrapped("Failed to update interface link state")
            }
            return .done("Device updated successfully", key, ["state": state])
        }
    }

    /// `domif-getlink NAME INTERFACE`.
    static var domifGetlink: Verb {
        Verb(
            "domif-getlink", group: .devices, "get link state of a virtual interface",
            parameters: [
                .domain(), .argument("interface", "string", "interface device (MAC Address)", completion: .interface),
                .flag("config", "Get persistent interface state"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let name = try invocation.required("interface")
            let isUp = try manager.link(key, interface: name, config: invocation.flag("config"))
            let state = isUp ? "up" : "down"
            return Report(.text("\(name) \(state)"), value: ["interface": .string(name), "state": .string(state)])
        }
    }
}

extension VMManager {
    /// An interface's element with another state of its link.
    fileprivate func linkXML(_ key: String, interface: String, up: Bool, config: Bool) throws(VMError) -> String {
        _ = try link(key, interface: interface, config: config)
        let whole = try Domain(xml: xml(key, inactive: config), options: .lenient)
        let card = whole.devices.interfaces.first { card in
            card.target?.dev == interface || card.mac?.address.map { "\($0)" } == interface.lowercased()
        }
        guard var card else { throw VMError(.notFound, "interface '\(interface)' not found") }
        card.link = Interface.Link(up ? .up : .down)
        var device = Devices()
        device.interfaces = [card]
        return Invocation.text(of: device)
    }
}

extension Invocation {
    fileprivate func interfaceXML() throws(VMError) -> String {
        let type = try required("type")
        try requireDocumentText()
        let source = value("source").map { Invocation.escaped($0) }
        var text = "<interface type='\(Invocation.escaped(type))'" + (flag("managed") ? " managed='yes'" : "") + ">\n"
        switch type {
        case "network", "bridge", "direct":
            guard let source else { throw .missing("source", of: verb) }
            let key = ["network": "network", "bridge": "bridge", "direct": "dev"][type] ?? "bridge"
            let mode = value("source-mode").map { " mode='\(Invocation.escaped($0))'" } ?? ""
            text += "  <source \(key)='\(source)'\(mode)/>\n"
        case "hostdev":
            let numbers = (source ?? "").split { $0 == ":" || $0 == "." }.map { "0x" + $0 }
            guard numbers.count == 4 else {
                throw VMError(.usage, "cannot parse pci address '\(source ?? "")' for network interface")
            }
            text +=
                "  <source>\n    <address type='pci' domain='\(numbers[0])' bus='\(numbers[1])' "
                + "slot='\(numbers[2])' function='\(numbers[3])'/>\n  </source>\n"
        case "user", "ethernet": break
        default: throw VMError(.usage, "No support for \(type) in command 'attach-interface'")
        }
        for (option, element) in [
            ("target", "target dev"), ("mac", "mac address"), ("script", "script path"), ("model", "model type"),
            ("alias", "alias name"),
        ] {
            if let value = value(option) { text += "  <\(element)='\(Invocation.escaped(value))'/>\n" }
        }
        text += try bandwidthXML()
        return text + "</interface>\n"
    }

    /// `average,peak,burst,floor`.
    private func bandwidthXML() throws(VMError) -> String {
        var text = ""
        for direction in ["inbound", "outbound"] {
            guard let whole = value(direction) else { continue }
            let numbers = whole.split(separator: ",", omittingEmptySubsequences: false)
            text += "    <\(direction)"
            for (name, number) in zip(["average", "peak", "burst", "floor"], numbers) where !number.isEmpty {
                guard UInt64(number) != nil else { throw VMError(.usage, "\(direction) format is incorrect") }
                text += " \(name)='\(number)'"
            }
            text += "/>\n"
        }
        return text.isEmpty ? "" : "  <bandwidth>\n\(text)  </bandwidth>\n"
    }

    /// The interface of that type, and of that address where one is given.
    fileprivate func interfaceToDetach() throws(VMError) -> Devices {
        let (manager, key) = try managerAndDomain()
        let type = try required("type")
        let whole = try Domain(
            xml: manager.xml(key, inactive: flag("config") && !flag("live")), options: .lenient)
        let cards = whole.devices.interfaces.filter { $0.type.rawValue == type }
        guard !cards.isEmpty else { throw VMError(.notFound, "No interface found whose type is \(type)") }
        var result = Devices()
        if let mac = value("mac") {
            guard let card = cards.first(where: { $0.mac?.address.map { "\($0)" } == mac.lowercased() }) else {
                throw VMError(.notFound, "No interface with MAC address \(mac) was found")
            }
            result.interfaces = [card]
            return result
        }
        guard cards.count == 1 else {
            throw VMError(
                .invalidArgument, "Domain has \(cards.count) interfaces. Please specify which one to detach using --mac"
            )
        }
        result.interfaces = cards
        return result
    }
}
