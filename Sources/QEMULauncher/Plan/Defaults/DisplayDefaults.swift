internal import VMCore
internal import VMDomain
internal import VMXML

/// `<graphics>`, `<video>`, `<input>`, `<audio>`: what a machine with a display needs.
enum DisplayDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        for index in domain.devices.graphics.indices { fill(&domain.devices.graphics[index]) }
        addVideo(&domain, context)
        addInputs(&domain, context)
        addAudio(&domain)
        for index in domain.devices.sounds.indices where domain.devices.sounds[index].model == nil {
            domain.devices.sounds[index].model = .ich6
        }
    }

    // MARK: Graphics

    private static func fill(_ graphics: inout Graphics) {
        switch graphics.type {
        case .vnc, .spice, .rdp: break
        case .sdl:
            if graphics.fullscreen == .no { graphics.fullscreen = nil }
            return
        default: return
        }
        dropEmpty(&graphics)
        if graphics.listens.allSatisfy({ $0.type == .address }), isWithoutPorts(graphics) {
            var listen = GraphicsListen()
            listen.type = .none
            graphics.listens = [listen]
            graphics.listen = nil
        }
        if graphics.listens.isEmpty {
            var listen = GraphicsListen()
            if graphics.socket?.contains("/libvirt/qemu/domain-") ?? false { graphics.socket = nil }
            if let socket = graphics.socket {
                listen.type = .socket
                listen.socket = socket
            } else {
                listen.address = graphics.listen
            }
            graphics.listens = [listen]
        }
        settleListen(&graphics)
        let first = graphics.listens[0]
        // The attributes repeat what the first element says, and nothing else.
        graphics.listen = first.type == .address ? first.address : nil
        graphics.socket = first.type == .socket ? first.socket : nil
        if graphics.passwd == nil { (graphics.passwdValidTo, graphics.connected) = (nil, nil) }
        fillPorts(&graphics, hasPort: first.type == .address || first.type == .network)
    }

    /// An address without a word is none: QEMU would take it for all addresses of the host.
    private static func dropEmpty(_ graphics: inout Graphics) {
        if graphics.listen?.isEmpty == true { graphics.listen = nil }
        if graphics.socket?.isEmpty == true {
            // Which socket is left open, not that it is one.
            if graphics.listens.isEmpty { graphics.listens = [GraphicsListen(type: .socket)] }
            graphics.socket = nil
        }
        for index in graphics.listens.indices {
            if graphics.listens[index].address?.isEmpty == true { graphics.listens[index].address = nil }
            if graphics.listens[index].socket?.isEmpty == true { graphics.listens[index].socket = nil }
        }
    }

    /// Where the first element leaves open what the attributes say, they say it; a socket goes before any address.
    private static func settleListen(_ graphics: inout Graphics) {
        switch graphics.listens[0].type {
        case .address where graphics.socket != nil:
            var listen = GraphicsListen(type: .socket)
            listen.socket = graphics.socket
            graphics.listens[0] = listen
        case .address where graphics.listens[0].address == nil: graphics.listens[0].address = graphics.listen
        case .socket where graphics.listens[0].socket == nil: graphics.listens[0].socket = graphics.socket
        default: break
        }
    }

    /// A SPICE server that says nothing of ports is reached through the program that started the machine.
    private static func isWithoutPorts(_ graphics: Graphics) -> Bool {
        graphics.type == .spice && graphics.autoport != .yes && graphics.port ?? 0 == 0 && graphics.tlsPort ?? 0 == 0
            && graphics.socket == nil
    }

    private static func fillPorts(_ graphics: inout Graphics, hasPort: Bool) {
        guard hasPort else {
            (graphics.port, graphics.tlsPort, graphics.autoport, graphics.websocket) = (nil, nil, nil, nil)
            return
        }
        switch graphics.type {
        case .vnc:
            let isOpen = [nil, -1, 0].contains(graphics.port)
            if graphics.autoport == .yes || isOpen && graphics.autoport == nil {
                graphics.port = -1
                graphics.autoport = .yes
            } else {
                if isOpen { graphics.port = nil }
                graphics.autoport = .no
            }
        case .spice:
            // Both ports left open is the old way to say that they are chosen; one alone is just left open.
            if graphics.port == -1 && graphics.tlsPort == -1 { graphics.autoport = .yes }
            graphics.autoport.fill(.no)
            if graphics.port == 0 || graphics.autoport == .yes { graphics.port = nil }
            if graphics.tlsPort == 0 || graphics.autoport == .yes { graphics.tlsPort = nil }
        case .rdp:
            if graphics.port == nil || graphics.port == -1 { graphics.autoport = .yes }
        default: break
        }
    }

    // MARK: Video

    private static func addVideo(_ domain: inout Domain, _ context: PlanContext) {
        if domain.devices.videos.isEmpty, !domain.devices.graphics.isEmpty {
            domain.devices.videos = [Video()]
        }
        for index in domain.devices.videos.indices {
            var model = domain.devices.videos[index].model ?? Video.Model()
            model.type.fill(standardVideo(context))
            if model.type == .default { model.type = standardVideo(context) }
            if model.type == Video.Model.Kind.none {
                let alias = domain.devices.videos[index].alias
                domain.devices.videos[index] = Video()
                domain.devices.videos[index].alias = alias
                model = Video.Model()
                model.type = Video.Model.Kind.none
            } else {
                fillMemory(&model)
            }
            if model.primary == .no { model.primary = nil }
            // The first of the words isn't written, as if it said nothing.
            if domain.devices.videos[index].driver.vgaconf == .io { domain.devices.videos[index].driver.vgaconf = nil }
            domain.devices.videos[index].model = model
        }
        if !domain.devices.videos.contains(where: { $0.model?.primary == .yes }),
            let first = domain.devices.videos.first?.model, first.type != Video.Model.Kind.none
        {
            domain.devices.videos[0].model?.primary = .yes
        }
        // The primary one comes first, whatever the document's order.
        if let primary = domain.devices.videos.firstIndex(where: { $0.model?.primary == .yes }), primary > 0 {
            let video = domain.devices.videos.remove(at: primary)
            domain.devices.videos.insert(video, at: 0)
        }
    }

    private static func standardVideo(_ context: PlanContext) -> Video.Model.Kind {
        if context.traits.isPPC64 { return .vga }
        if context.traits.family == .virt || context.traits.isS390 { return .virtio }
        return context.has("cirrus-vga") ? .cirrus : .vga
    }

    /// What memory a card has, in KiB: powers of two, as PCI hands windows out; 0 is the card's usual size.
    private static func fillMemory(_ model: inout Video.Model) {
        for size in [\Video.Model.ram, \.vram, \.vgamem] {
            if let value = model[keyPath: size] { model[keyPath: size] = value == 0 ? nil : powerOfTwo(value) }
        }
        switch model.type {
        case .qxl:
            model.ram.fill(65536)
            model.vram.fill(65536)
            model.vgamem.fill(16384)
        case .vga, .cirrus, .vmvga, .bochs: model.vram = model.vram ?? 16384
        default: break
        }
        model.heads = model.heads == 0 ? nil : model.heads ?? 1
    }

    /// The number itself or the next power of two above it.
    private static func powerOfTwo(_ value: UInt32) -> UInt32 {
        value <= 1 << 31 ? 1 << (32 - (value - 1).leadingZeroBitCount) : value
    }

    // MARK: Input

    private static func addInputs(_ domain: inout Domain, _ context: PlanContext) {
        defer {
            for index in domain.devices.inputs.indices where domain.devices.inputs[index].bus == nil {
                domain.devices.inputs[index].bus = standardBus(domain.devices.inputs[index], context)
            }
        }
        if context.traits.hasPS2, domain.features.ps2?.state != .off {
            add(.mouse, .ps2, &domain)
            add(.keyboard, .ps2, &domain)
        } else if context.traits.isPPC64, !domain.devices.graphics.isEmpty {
            add(.keyboard, .usb, &domain)
            add(.mouse, .usb, &domain)
        }
    }

    private static func standardBus(_ input: Input, _ context: PlanContext) -> Input.Bus? {
        if input.type == .passthrough { return .virtio }
        if input.type == .evdev { return nil }
        if input.type == .tablet || !context.traits.isX86 { return context.traits.isS390 ? .virtio : .usb }
        return .ps2
    }

    private static func add(_ type: Input.Kind, _ bus: Input.Bus, _ domain: inout Domain) {
        // A tablet points as well as a mouse does.
        let alike: [Input.Kind] = type == .mouse && bus == .usb ? [.mouse, .tablet] : [type]
        guard !domain.devices.inputs.contains(where: { alike.contains($0.type) && $0.bus == bus }) else { return }
        var input = Input()
        input.type = type
        input.bus = bus
        domain.devices.inputs.append(input)
    }

    // MARK: Audio

    private static func addAudio(_ domain: inout Domain) {
        for index in domain.devices.audios.indices where domain.devices.audios[index].id == nil {
            domain.devices.audios[index].id = (domain.devices.audios.compactMap(\.id).max() ?? 0) &+ 1
        }
        guard domain.devices.audios.isEmpty else { return }
        // The last display that has a say decides. With a window on the host or a bus to it, what to hear is the user's
        // to say.
        let display = domain.devices.graphics.last { $0.type != .eglHeadless && $0.type != .rdp }
        guard display.map({ $0.type == .spice || $0.type == .vnc }) ?? domain.devices.graphics.isEmpty else { return }
        var audio = Audio()
        audio.id = 1
        if display?.type == .spice { audio.type = .spice }
        domain.devices.audios = [audio]
    }
}
