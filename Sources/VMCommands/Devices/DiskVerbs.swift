internal import Glibc
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `attach-disk NAME SOURCE TARGET`.
    static var attachDisk: Verb {
        Verb(
            "attach-disk", group: .devices, "attach disk device",
            parameters: [
                .domain(),
                .argument(
                    "source", "string", "source of disk device or name of network disk", completion: .file),
                .argument("target", "string", "target of disk device"),
                .option("targetbus", "string", "target bus of disk device"),
                .option("driver", "string", "driver of disk device"),
                .option("subdriver", "string", "subdriver of disk device"),
                .option("iothread", "string", "IOThread to be used by supported device"),
                .option("cache", "string", "cache mode of disk device"),
                .option("io", "string", "io policy of disk device"),
                .option("type", "string", "target device type"),
                .option("mode", "string", "mode of device reading and writing"),
                .option("sourcetype", "string", "type of source (block|file|network)"),
                .option("serial", "string", "serial of disk device"),
                .option("wwn", "string", "wwn of disk device"),
                .option("alias", "string", "custom alias name of disk device"),
                .flag("rawio", "needs rawio capability"),
                .option("address", "string", "address of disk device"),
                .flag("multifunction", "use multifunction pci under specified address"),
                .flag("print-xml", "print XML document rather than attach the disk"),
                .option("source-protocol", "string", "protocol used by disk device source"),
                .option("source-host-name", "string", "host name for source of disk device"),
                .option("source-host-transport", "string", "host transport for source of disk device"),
                .option("source-host-socket", "string", "host socket for source of disk device"),
            ] + .persistentScope + [.timeout],
            exclusive: .persistentScope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let xml = try invocation.diskXML()
            if invocation.flag("print-xml") { return Report(.document(xml), value: ["xml": .string(xml)]) }
            return try invocation.attach(
                try DeviceFile.read(xml), done: "Disk attached successfully", failed: "Failed to attach disk")
        }
    }

    /// `detach-disk NAME TARGET`.
    static var detachDisk: Verb {
        Verb(
            "detach-disk", group: .devices, "detach disk device",
            parameters: [.domain(), .argument("target", "string", "target of disk device", completion: .disk)]
                + .persistentScope
                + [.flag("print-xml", "print XML document rather than detach the disk"), .timeout],
            exclusive: .persistentScope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let target = try invocation.required("target")
            let (manager, key) = try invocation.managerAndDomain()
            let whole = try Domain(
                xml: manager.xml(key, inactive: invocation.flag("config") && !invocation.flag("live")),
                options: .lenient)
            let disk = whole.devices.disks.first { disk in
                disk.target?.dev == target || disk.source.file == target || disk.source.dev == target
            }
            guard let disk else {
                throw VMError(
                    .notFound, "No disk found whose source path or target is \(target)",
                    remedy: Remedy(
                        "its disks are: "
                            + whole.devices.disks.compactMap { $0.target?.dev }.joined(separator: ", ")))
            }
            var device = Devices()
            device.disks = [disk]
            if invocation.flag("print-xml") {
                let text = Invocation.text(of: device)
                return Report(.document(text), value: ["xml": .string(text)])
            }
            // By its target alone, which is the same in both descriptions.
            var search = Disk()
            search.target = disk.target
            device.disks = [search]
            return try invocation.detach(device, done: "Disk detached successfully", failed: "Failed to detach disk")
        }
    }
}

extension Invocation {
    /// `<disk>` as the options describe it.
    fileprivate func diskXML() throws(VMError) -> String {
        var source = try required("source")
        try requireDocumentText()
        let target = Invocation.escaped(try required("target"))
        let kind = try diskKind(&source)
        var text = "<disk type='\(kind)'"
        if let type = value("type") { text += " device='\(Invocation.escaped(type))'" }
        if flag("rawio") { text += " rawio='yes'" }
        text += ">\n"
        var driver = ""
        for (option, name) in [
            ("driver", "name"), ("subdriver", "type"), ("cache", "cache"), ("io", "io"), ("iothread", "iothread"),
        ] {
            if let value = value(option) { driver += " \(name)='\(Invocation.escaped(value))'" }
        }
        if !driver.isEmpty { text += "  <driver\(driver)/>\n" }
        text += sourceXML(source, kind)
        text += "  <target dev='\(target)'" + (value("targetbus").map { " bus='\(Invocation.escaped($0))'" } ?? "")
        text += "/>\n"
        switch value("mode") {
        case nil: break
        case "readonly": text += "  <readonly/>\n"
        case "shareable": text += "  <shareable/>\n"
        case let mode?: throw VMError(.usage, "No support for \(mode) in command 'attach-disk'")
        }
        for name in ["serial", "wwn"] {
            if let value = value(name) { text += "  <\(name)>\(Invocation.escaped(value))</\(name)>\n" }
        }
        if let alias = value("alias") { text += "  <alias name='\(Invocation.escaped(alias))'/>\n" }
        if let address = value("address") { text += "  \(try addressXML(address))\n" }
        return text + "</disk>\n"
    }

    private func diskKind(_ source: inout String) throws(VMError) -> String {
        if let kind = value("sourcetype") {
            guard ["file", "block", "network"].contains(kind) else {
                throw VMError(.usage, "Unknown source type: '\(kind)'")
            }
            return kind
        }
        if value("source-protocol") != nil { return "network" }
        if source.isEmpty { return "file" }
        source = InputFile.absolute(source, below: InputFile.workingFolder)
        return Files.isBlockDevice(source) ? "block" : "file"
    }

    private func sourceXML(_ source: String, _ kind: String) -> String {
        let source = Invocation.escaped(source)
        guard kind == "network" else {
            return source.isEmpty ? "" : "  <source \(kind == "block" ? "dev" : "file")='\(source)'/>\n"
        }
        var text = "  <source protocol='\(Invocation.escaped(value("source-protocol") ?? ""))' name='\(source)'"
        var host = ""
        if let whole = value("source-host-name") {
            let parts = whole.split(separator: ":", maxSplits: 1)
            host += " name='\(Invocation.escaped(String(parts.first ?? "")))'"
            if parts.count > 1 { host += " port='\(Invocation.escaped(String(parts[1])))'" }
        }
        if let transport = value("source-host-transport") { host += " transport='\(Invocation.escaped(transport))'" }
        if let socket = value("source-host-socket") { host += " socket='\(Invocation.escaped(socket))'" }
        text += host.isEmpty ? "/>\n" : ">\n    <host\(host)/>\n  </source>\n"
        return text
    }

    /// `pci:0000.00.0a.0`, `scsi:0.0.0`, `usb:1.2` and the like.
    private func addressXML(_ text: String) throws(VMError) -> String {
        let parts = text.split(separator: ":", maxSplits: 1)
        let numbers = parts.count > 1 ? parts[1].split(separator: ".").map(String.init) : []
        func refused() -> VMError { VMError(.usage, "Invalid address.", remedy: "write it like pci:0000.00.0a.0") }
        func hex(_ text: String) -> String { text.hasPrefix("0x") ? text : "0x" + text }
        switch (parts.first ?? "", numbers.count) {
        case ("pci", 4):
            return "<address type='pci' domain='\(hex(numbers[0]))' bus='\(hex(numbers[1]))' slot='\(hex(numbers[2]))' "
                + "function='\(hex(numbers[3]))'" + (flag("multifunction") ? " multifunction='on'" : "") + "/>"
        case ("scsi", 3):
            return "<address type='drive' controller='\(numbers[0])' bus='\(numbers[1])' unit='\(numbers[2])'/>"
        case ("ide", 3), ("sata", 3):
            return "<address type='drive' controller='\(numbers[0])' bus='\(numbers[1])' unit='\(numbers[2])'/>"
        case ("usb", 2): return "<address type='usb' bus='\(numbers[0])' port='\(numbers[1])'/>"
        default: throw refused()
        }
    }
}
