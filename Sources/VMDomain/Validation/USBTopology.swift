internal import VMXML

/// A port of a USB controller, or of a hub on one.
private struct USBNode: Hashable {
    var bus: UInt32
    var path: [UInt32]

    var hub: USBNode { USBNode(bus: bus, path: Array(path.dropLast())) }
}

extension Devices {
    /// Devices with a port of their own need the hubs on the way to it.
    func validateUSBPorts(_ devices: [PlacedDevice], _ v: inout Validation) {
        let hubs = Set(devices.filter { $0.element is Hub }.compactMap(\.usbNode))
        let usb = controllers.filter { $0.type == .usb }
        let buses = Set(usb.map { $0.index ?? 0 })
        let masters = Dictionary(usb.filter { $0.master == nil }.map { ($0.index ?? 0, $0) }) { first, _ in first }
        for device in devices {
            guard let address = device.element.address, address.type == .usb else { continue }
            v.enter(device.pathPart, device.element.origin) { v in
                if let bus = address.bus, bus != 0, !buses.contains(bus) {
                    v.warning(
                        "unknown-bus", "there is no USB controller with the index \(bus)", at: .child("address", "bus"),
                        found: String(bus))
                }
                guard let node = device.usbNode else { return }
                validate(node, hubs, on: masters[node.bus], &v)
            }
        }
    }

    private func validate(_ node: USBNode, _ hubs: Set<USBNode>, on controller: Controller?, _ v: inout Validation) {
        let spot = Validation.Spot.child("address", "port")
        let found = USBPort(path: node.path).xml
        if node.path.count > 1 {
            if !hubs.contains(node.hub) {
                let way = USBPort(path: node.hub.path).xml
                v.error("unknown-hub", "there is no hub at port \(way) of USB bus \(node.bus)", at: spot, found: found)
            } else if let port = node.path.last, port == 0 || port > portsOfHub {
                v.error("out-of-range", "a hub has the ports 1 to \(portsOfHub)", at: spot, found: found)
            }
        } else if v.isQEMU, let port = node.path.first, let count = controller?.knownPorts, port > count {
            v.error(
                "out-of-range", "the controller of USB bus \(node.bus) has the ports 1 to \(count)", at: spot,
                found: found)
        }
    }
}

/// QEMU's hub.
private let portsOfHub = 8

extension Controller {
    /// How many devices can be plugged into the controller, when its model is written and has a fixed number.
    fileprivate var knownPorts: UInt32? {
        switch usbModel {
        case .piix3UHCI, .piix4UHCI, .vt82c686bUHCI, .ich9UHCI1, .ich9UHCI2, .ich9UHCI3: 2
        case .ehci, .ich9EHCI1: 6
        case .pciOHCI: 3
        case .necXHCI, .qemuXHCI: ports ?? 4
        case .qusb1, .qusb2, nil, .some(.none): nil
        }
    }
}

extension PlacedDevice {
    /// The port that the device was given; zeros mean none.
    fileprivate var usbNode: USBNode? {
        guard let address = element.address, address.type == .usb, let path = address.usbPort?.path,
            let first = path.first, first != 0
        else { return nil }
        return USBNode(bus: address.bus ?? 0, path: path)
    }
}
