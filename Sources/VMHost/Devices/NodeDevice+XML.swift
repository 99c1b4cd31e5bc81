internal import VMCore
internal import VMXML

extension NodeDevice {
    /// `<device>`, as libvirt writes it.
    public var xml: String {
        var x = DeviceWriter()
        x.open("device")
        x.text("name", name)
        x.text("path", path)
        if let node { x.line("<devnode type='dev'>\(node.escapedForXML())</devnode>") }
        for link in links { x.line("<devnode type='link'>\(link.escapedForXML())</devnode>") }
        x.text("parent", parent)
        if let driver {
            x.open("driver")
            x.text("name", driver)
            x.close("driver")
        }
        x.open("capability", "type='\(capabilities.first?.rawValue ?? "")'")
        write(to: &x)
        x.close("capability")
        x.close("device")
        return x.text
    }

    private func write(to x: inout DeviceWriter) {
        switch facts {
        case .system(let facts): facts.write(to: &x)
        case .pci(let facts): facts.write(to: &x)
        case .usbDevice(let facts):
            x.text("bus", "\(facts.bus)")
            x.text("device", "\(facts.device)")
            x.named("product", facts.product)
            x.named("vendor", facts.vendor)
        case .usbInterface(let facts):
            x.text("number", "\(facts.number)")
            x.text("class", "\(facts.kind)")
            x.text("subclass", "\(facts.subclass)")
            x.text("protocol", "\(facts.proto)")
            x.text("description", facts.description)
        case .net(let facts): facts.write(to: &x)
        case .scsiHost(let facts): facts.write(to: &x)
        case .scsiTarget(let name): x.text("target", name)
        case .scsi(let facts):
            x.text("host", "\(facts.host)")
            x.text("bus", "\(facts.bus)")
            x.text("target", "\(facts.target)")
            x.text("lun", "\(facts.unit)")
            x.text("type", facts.type)
        case .storage(let facts): facts.write(to: &x)
        case .scsiGeneric(let node): x.text("char", node)
        case .drm(let type): x.text("type", type)
        }
    }
}

extension SystemFacts {
    fileprivate func write(to x: inout DeviceWriter) {
        x.text("product", product)
        x.open("hardware")
        x.text("vendor", vendor)
        x.text("version", version)
        x.text("serial", serial)
        x.text("uuid", (uuid ?? UUID(high: 0, low: 0)).description)
        x.close("hardware")
        x.open("firmware")
        x.text("vendor", firmwareVendor)
        x.text("version", firmwareVersion)
        x.text("release_date", firmwareDate)
        x.close("firmware")
    }
}

extension PCIPlace {
    fileprivate var element: String {
        "<address domain='0x\(hex(domain, 4))' bus='0x\(hex(bus, 2))' slot='0x\(hex(slot, 2))' function='0x\(hex(function, 1))'/>"
    }
}

private func hex(_ number: some BinaryInteger, _ width: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension PCIFacts {
    fileprivate func write(to x: inout DeviceWriter) {
        if let kind { x.text("class", "0x\(hex(kind, 6))") }
        x.text("domain", "\(place.domain)")
        x.text("bus", "\(place.bus)")
        x.text("slot", "\(place.slot)")
        x.text("function", "\(place.function)")
        x.named("product", product)
        x.named("vendor", vendor)
        if let physicalFunction {
            x.open("capability", "type='phys_function'")
            x.line(physicalFunction.element)
            x.close("capability")
        }
        if let most = mostVirtualFunctions {
            let start = "type='virt_functions' maxCount='\(most)'"
            if virtualFunctions.isEmpty {
                x.line("<capability \(start)/>")
            } else {
                x.open("capability", start)
                for function in virtualFunctions { x.line(function.element) }
                x.close("capability")
            }
        }
        if header != .endpoint { x.line("<capability type='\(header.rawValue)'/>") }
        if let iommuGroup {
            x.open("iommuGroup", "number='\(iommuGroup)'")
            for member in groupMembers { x.line(member.element) }
            x.close("iommuGroup")
        }
        if let numaNode { x.line("<numa node='\(numaNode)'/>") }
        guard mostLink != nil || nowLink != nil else { return }
        x.open("pci-express")
        if let link = mostLink { x.line("<link validity='cap' speed='\(link.speed)' width='\(link.width)'/>") }
        if let link = nowLink { x.line("<link validity='sta' speed='\(link.speed)' width='\(link.width)'/>") }
        x.close("pci-express")
    }
}

extension NetFacts {
    fileprivate func write(to x: inout DeviceWriter) {
        x.text("interface", interface)
        x.text("address", address)
        if speed != nil || state != nil {
            x.line(
                "<link" + (speed.map { " speed='\($0)'" } ?? "")
                    + (state.map { " state='\($0.escapedForXML(inAttribute: true))'" } ?? "") + "/>")
        }
        x.line("<capability type='\(isWireless ? "80211" : "80203")'/>")
    }
}

extension SCSIHostFacts {
    fileprivate func write(to x: inout DeviceWriter) {
        x.text("host", "\(number)")
        x.text("unique_id", uniqueID.map { "\($0)" })
        guard let fibreChannel else { return }
        x.open("capability", "type='fc_host'")
        x.text("wwnn", fibreChannel.node)
        x.text("wwpn", fibreChannel.port)
        x.text("fabric_wwn", fibreChannel.fabric)
        x.close("capability")
    }
}

extension StorageFacts {
    fileprivate func write(to x: inout DeviceWriter) {
        x.text("block", block)
        x.text("bus", bus)
        x.text("drive_type", type)
        x.text("model", model)
        x.text("vendor", vendor)
        x.text("serial", serial)
        if isRemovable {
            x.open("capability", "type='removable'")
            x.text("media_available", size > 0 ? "1" : "0")
            x.text("media_size", "\(size)")
        } else {
            x.text("size", "\(size)")
        }
        if let blockSize, blockSize > 0 {
            x.text("logical_block_size", "\(blockSize)")
            x.text("num_blocks", "\(size / blockSize)")
        }
        if isRemovable { x.close("capability") }
    }
}

/// Lines of XML, each element on its own.
struct DeviceWriter {
    private(set) var text = ""
    private var depth = 0

    mutating func line(_ line: String) { text += String(repeating: " ", count: 2 * depth) + line + "\n" }

    mutating func open(_ element: String, _ attributes: String = "") {
        line("<\(element)\(attributes.isEmpty ? "" : " " + attributes)>")
        depth += 1
    }

    mutating func close(_ element: String) {
        depth = max(0, depth - 1)
        line("</\(element)>")
    }

    mutating func text(_ element: String, _ value: String?) {
        guard let value else { return }
        line("<\(element)>\(value.escapedForXML())</\(element)>")
    }

    /// `<product id='0x1000'>name</product>`.
    mutating func named(_ element: String, _ value: NamedNumber) {
        let id = "id='0x\(hex(value.number, 4))'"
        guard let name = value.name else { return line("<\(element) \(id)/>") }
        line("<\(element) \(id)>\(name.escapedForXML())</\(element)>")
    }
}
