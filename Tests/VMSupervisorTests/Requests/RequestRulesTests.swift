import SupervisorProtocol
import Testing

@testable import VMSupervisor

@Suite("What may overlap")
struct RequestRulesTests {
    /// Rows as in the documentation of `RequestRules`: while a start, a taking over, a job, a change.
    private static let table: [(RequestClass, [Admission])] = [
        (.query, [.now, .now, .now, .now]),
        (.end, [.now, .now, .now, .now]),
        (.power, [.refuse, .wait, .refuse, .now]),
        (.input, [.refuse, .wait, .now, .now]),
        (.agent, [.refuse, .wait, .now, .now]),
        (.change, [.refuse, .wait, .refuse, .wait]),
        (.job, [.refuse, .wait, .refuse, .wait]),
    ]

    @Test("every kind of request in every situation")
    func rules() {
        #expect(Self.table.map(\.0) == RequestClass.allCases)
        for (kind, row) in Self.table {
            let found = [.starting, .takingOver, .job(.save), .change].map { RequestRules.admission(kind, while: $0) }
            #expect(found == row, "\(kind)")
        }
    }

    @Test("a dump lets go on what a save does; beside an unknown job nothing is begun")
    func masks() {
        for kind in RequestClass.allCases {
            #expect(
                RequestRules.admission(kind, while: .job(.dump)) == RequestRules.admission(kind, while: .job(.save)))
            let expected: Admission = [.query, .end].contains(kind) ? .now : .refuse
            #expect(RequestRules.admission(kind, while: .job(.init(rawValue: "migrate"))) == expected)
        }
    }

    @Test("beside a backup the machine is changed and suspended, and no other job is begun")
    func backup() {
        for kind in RequestClass.allCases {
            #expect(RequestRules.admission(kind, while: .job(.backup)) == (kind == .job ? .refuse : .now), "\(kind)")
        }
    }

    @Test("a machine can always be looked at, and always be ended")
    func always() {
        let situations: [Situation] = [
            .starting, .takingOver, .change, .job(.save), .job(.dump), .job(.init(rawValue: "of a newer version")),
        ]
        for situation in situations {
            #expect(RequestRules.admission(SupervisorRequest.status.requestClass, while: situation) == .now)
            #expect(
                RequestRules.admission(SupervisorRequest.destroy(isGraceful: false).requestClass, while: situation)
                    == .now)
            #expect(RequestRules.admission(SupervisorRequest.abortJob.requestClass, while: situation) == .now)
        }
    }
}
