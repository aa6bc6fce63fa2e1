/* Random nets, for the tests of net. */
#ifndef TESTS_NET_NETS_H
#define TESTS_NET_NETS_H

#include <convoy/net.h>

#include "layer/layers.h"

/* One to four random layers of all kinds with random activations, then a full one; both losses. Free with
 * net_destroy. */
struct net *net_random(struct shelf *shelf, struct dice *dice);

/* A random net with branches: layers of all kinds and joins that read any maps before them, at most 14. The last one adds
 * full layers on all maps that nobody else reads. */
struct net *net_random_graph(struct shelf *shelf, struct dice *dice);

/* One of the two above. */
struct net *net_random_any(struct shelf *shelf, struct dice *dice);

/* Plans a net that must be possible. */
struct net *net_must(size_t layers, const struct layer_keys *keys, struct shape input, size_t classes, enum loss loss);

/* The same for any task. */
struct net *net_must_learn(size_t layers, const struct layer_keys *keys, struct shape input,
                           const struct task_spec *task);

/* Gives a block these classes; −1 in empty lanes. */
void targets_set(struct block_targets *targets, const int32_t label[LANES]);

/* LeNet-5 as in the job file of the formats page, scaled-tanh throughout. */
struct net *net_lenet5(void);

#endif
