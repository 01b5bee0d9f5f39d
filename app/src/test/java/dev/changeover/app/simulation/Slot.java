package dev.changeover.app.simulation;

import java.util.function.Function;

/** A role that must be there: who dies comes back, and who sleeps may be replaced. */
final class Slot {
    private final World world;
    private final String name;
    private final Function<String, Role> maker;
    private Role role;
    private int made;

    Slot(World world, String name, Function<String, Role> maker) {
        this.world = world;
        this.name = name;
        this.maker = maker;
        this.role = make();
    }

    private Role make() {
        Role next = maker.apply(name + "#" + ++made);
        world.add(next);
        return next;
    }

    Role role() {
        return role;
    }

    void look() {
        if (role.dead()) {
            if (!world.fault(85)) {
                timeOut();
                role = make();
                world.say(role + " takes the place of one that died");
            }
        } else if (role.busy()) {
            if (world.fault(3)) {
                timeOut();
                Role asleep = role;
                role = make();
                world.say(role + " takes the place of " + asleep + ", which sleeps");
            }
        } else if (world.mayKill()) {
            world.say(role + " is killed");
            role.kill();
        }
    }

    private void timeOut() {
        role.timeOut();
    }
}
