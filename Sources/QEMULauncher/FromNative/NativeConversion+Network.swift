/// Network cards and what they are connected to.
extension NativeConversion {
    mutating func convertNetwork(_ index: Int, _ option: NativeOption) -> Bool {
        switch option.name {
        case "netdev": return true
        case "nic":
            hasNetwork = true
            var keys = NativeKeys(option.value ?? "", implied: "type")
            if keys.take("type") == "none" { return true }
            let model = keys.take("model")
            add(&keys, model: model, mac: keys.take("mac"), index, option)
        case "net": convertOldNetwork(index, option)
        default: return false
        }
        return true
    }

    /// `-net nic` and `-net user` meet on a hub; with one of each they are a card and what it is connected to.
    private mutating func convertOldNetwork(_ index: Int, _ option: NativeOption) {
        hasNetwork = true
        var keys = NativeKeys(option.value ?? "", implied: "type")
        switch keys.take("type") {
        case "none": return
        case "nic":
            let backend = options.first { other in
                guard other.name == "net", let value = other.value else { return false }
                return !value.hasPrefix("nic") && !value.hasPrefix("none")
            }
            let (model, mac) = (keys.take("model"), keys.take("macaddr"))
            var backendKeys = NativeKeys(backend?.value ?? "user", implied: "type")
            add(&backendKeys, model: model, mac: mac, index, option)
        default:
            guard !options.contains(where: { $0.name == "net" && $0.value?.hasPrefix("nic") == true }) else { return }
            skip(index, option, "no network card is connected to it")
        }
    }

    /// A `-device` that is a network card; false when it is something else.
    mutating func convertCard(_ driver: String, _ index: Int, _ option: NativeOption, _ given: NativeKeys) -> Bool {
        var keys = given
        guard let id = keys.take("netdev") else { return false }
        hasNetwork = true
        guard var backend = netdevs[id] else {
            skip(index, option, "there is no netdev '\(id)'")
            return true
        }
        backend.isUsed = true
        let bootIndex = keys.take("bootindex")
        add(
            &backend.keys, model: driver, mac: keys.take("mac"), index, option, backend: backend.option,
            bootIndex: bootIndex)
        netdevs[id] = backend
        tellLeft(option, keys)
        return true
    }

    /// `virtio` for all its forms, else QEMU's name of the card.
    private func model(_ name: String?) -> String {
        guard let name else { return defaultModel }
        return name.hasPrefix("virtio") ? "virtio" : name
    }

    private var defaultModel: String {
        if isX86 { return isQ35 ? "e1000e" : "e1000" }
        return "virtio"
    }

    private mutating func add(
        _ keys: inout NativeKeys, model name: String?, mac: String?, _ index: Int, _ option: NativeOption,
        backend: NativeOption? = nil, bootIndex: String? = nil
    ) {
        var attributes = "user"
        var children: [DescribedElement] = []
        if let mac { children.append(.init("mac", ["address": mac])) }
        var tail: [DescribedElement] = []
        for key in ["id", "model", "mac", "macaddr", "type"] where key != "type" { _ = keys.take(key) }
        switch keys.take("type") {
        case "user", nil:
            for forward in keys.takeAll("hostfwd") {
                if let element = Self.portForward(forward) {
                    tail.append(element)
                } else {
                    remarks.append("the port forward '\(forward)' is not mapped")
                }
            }
        case "tap":
            attributes = "ethernet"
            if let name = keys.take("ifname") {
                children.append(.init("target", ["dev": name, "managed": "no"]))
            }
            if let script = keys.take("script"), script != "no" { tail.append(.init("script", ["path": script])) }
            if keys.flag("vhost") == true { tail.append(.init("driver", ["name": "vhost"])) }
            _ = keys.take("downscript")
        case "bridge":
            attributes = "bridge"
            children.append(.init("source", ["bridge": keys.take("br") ?? "br0"]))
            _ = keys.take("helper")
        case let type?:
            skip(index, option, "a network of type '\(type)' has no counterpart")
            if let backend { skip(index, backend, "a network of type '\(type)' has no counterpart") }
            return
        }
        children.append(.init("model", ["type": model(name)]))
        if let order = bootIndex.flatMap({ Int($0) }), order >= 0, order < 1 << 20, general.bootOrder.isEmpty {
            tail.append(.init("boot", ["order": String(order + 1)]))
        }
        devices.append(.init("interface", ["type": attributes], children: children + tail))
        tellLeft(backend ?? option, keys)
    }

    /// `tcp:127.0.0.1:2222-10.0.2.15:22`, where both addresses may be left out.
    private static func portForward(_ text: String) -> DescribedElement? {
        let sides = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard sides.count == 2 else { return nil }
        let host = sides[0].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let guest = sides[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let hostPort = host.last.flatMap({ UInt16($0) }), let guestPort = guest.last.flatMap({ UInt16($0) }),
            host.count > 1, guest.count <= 2, guest.count < 2 || guest[0].isEmpty || guest[0] == "10.0.2.15"
        else { return nil }
        let proto = host[0].isEmpty ? "tcp" : host[0]
        let address = host.count > 2 && !host[1].isEmpty ? host[1] : nil
        let range = DescribedElement(
            "range", ["start": String(hostPort), "to": hostPort == guestPort ? nil : String(guestPort)])
        return DescribedElement("portForward", ["proto": proto, "address": address], children: [range])
    }

    /// A machine without `-nodefaults` gets a card unasked.
    mutating func addDefaultCard() {
        guard !hasNoDefaults, !hasNetwork, isX86, general.machine != "none", general.machine != "microvm" else {
            return
        }
        devices.append(.init("interface", ["type": "user"], children: [.init("model", ["type": defaultModel])]))
    }
}
